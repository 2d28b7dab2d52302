// Numbers to the bits of narrow types and back.

const f64 = new Float64Array(1);
const words = new BigUint64Array(f64.buffer);
const f32 = new Float32Array(1);
const word = new Uint32Array(f32.buffer);

// A binary64 to a narrower binary format with so many bits of exponent and fraction, nearest even.
function round(value: number, exponentBits: number, fractionBits: number): number {
  f64[0] = value;
  const code = words[0]!;
  const sign = Number(code >> 63n) << (exponentBits + fractionBits);
  const infinity = ((1 << exponentBits) - 1) << fractionBits;
  if (Number.isNaN(value)) return infinity | (1 << (fractionBits - 1));
  const magnitude = Math.abs(value);
  const bias = (1 << (exponentBits - 1)) - 1;
  const exponent = Math.max(Number((code >> 52n) & 0x7ffn) - 1023, 1 - bias);
  const scaled = magnitude * 2 ** (fractionBits - exponent); // exact, in units of the last place
  if (!(scaled < 2 ** 53)) return sign | infinity;
  let units = Math.floor(scaled);
  const rest = scaled - units;
  if (rest > 0.5 || (rest === 0.5 && units % 2 === 1)) ++units;
  // A carry goes on into the exponent, as far as infinity.
  const rounded = (exponent + bias - 1) * 2 ** fractionBits + units;
  return sign | Math.min(rounded, infinity);
}

export function toF16(value: number): number {
  return round(value, 5, 10);
}

export function toBf16(value: number): number {
  return round(value, 8, 7);
}

export function fromF16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

export function fromBf16(bits: number): number {
  word[0] = bits << 16;
  return f32[0]!;
}

export function toF8E5M2(value: number): number {
  return round(value, 5, 2);
}

/** What is beyond 448, and not nearer to it than to what would follow, is NaN: the type has no infinity. */
export function toF8E4M3(value: number): number {
  if (!(Math.abs(value) <= 464)) return 0x7f;
  const sign = value < 0 || Object.is(value, -0) ? 0x80 : 0;
  const magnitude = Math.abs(value);
  // As a type of 5 bits of exponent, whose bias is greater by 8, down to what is subnormal.
  if (magnitude >= 2 ** -6) return sign | (round(magnitude, 5, 3) - (8 << 3));
  return sign | roundToEven(magnitude * 2 ** 9);
}

export function fromF8E5M2(bits: number): number {
  return fromF16(bits << 8); // whose upper half it is
}

export function fromF8E4M3(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >> 3) & 15;
  const fraction = bits & 7;
  if (exponent === 15 && fraction === 7) return NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -9 : (8 + fraction) * 2 ** (exponent - 10));
}

/** The nearest integer, ties to even. */
export function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}
