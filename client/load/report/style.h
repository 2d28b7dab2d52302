// How the page looks: in light and in dark, on a screen and on paper.
#pragma once

namespace actserve::load {

inline constexpr char kStyle[] = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1d2430; --dim: #5c6675; --rule: #d9dee6; --grid: #e8ebf0;
  --good: #1b8a5a; --warn: #9a6700; --warn-card: #fff6e0; --bad: #b3261e; --bad-card: #fdeceb;
  --a: #2f7fc4; --b: #d97a1f; --c: #c23b55; --d: #2a9d8f; --e: #8a6fc8; --f: #8b95a5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1b2028; --text: #e6e9ee; --dim: #98a2b3; --rule: #333b47; --grid: #29303a;
    --good: #52c794; --warn: #e8b84a; --warn-card: #2e2714; --bad: #ff8a80; --bad-card: #351d1d;
    --a: #5ba7e6; --b: #f09a4a; --c: #ef6f86; --d: #4cc3b4; --e: #ae97e8; --f: #8b95a5;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 28px 20px 48px; background: var(--page); color: var(--text);
       font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 25px; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 16px; margin: 0 0 2px; }
p { margin: 4px 0; }
.dim, .note { color: var(--dim); }
.note { font-size: 13px; margin-bottom: 10px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 18px 0; }
.tile, section, .banner { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; }
.tile { padding: 12px 16px; }
.tile b { display: block; font-size: 23px; font-weight: 650; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
.tile span { color: var(--dim); font-size: 13px; }
.banner { padding: 10px 16px; margin: 8px 0; border-left-width: 5px; }
.banner.good { border-left-color: var(--good); }
.banner.warn { border-left-color: var(--warn); background: var(--warn-card); }
.banner.bad { border-left-color: var(--bad); background: var(--bad-card); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 500px), 1fr)); gap: 16px; }
section { padding: 16px 18px; overflow-x: auto; }
.charts section:last-child:nth-child(odd) { grid-column: 1 / -1; }
.none { font-size: 64px; font-weight: 650; text-align: center; color: var(--good); }
.wide { margin-top: 16px; }
svg { display: block; width: 100%; height: auto; }
.grid { stroke: var(--grid); } .section { stroke: var(--dim); stroke-dasharray: 3 4; }
.tick, .legend, .title { fill: var(--dim); font-size: 12px; }
.legend { fill: var(--text); } .end { text-anchor: end; } .middle { text-anchor: middle; }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; } .dashed { stroke-dasharray: 5 4; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
th { color: var(--dim); font-weight: 600; }
tr:last-child td { border-bottom: 0; }
pre { margin: 8px 0 0; overflow-x: auto; font: 12.5px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
summary { cursor: pointer; font-weight: 600; }
@media print { body { max-width: none; } section, .tile { break-inside: avoid; } }
)css";

}  // namespace actserve::load
