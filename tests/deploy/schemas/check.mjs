// Checks the objects of a YAML file against the schemas of Kubernetes' and the Prometheus operator's own API: node check.mjs
// FILE. kubernetes-models has the schemas, made from the projects' OpenAPI definitions, as functions that look at each field
// they know. A field that nobody looked at is therefore one that the API does not have.
import { readFileSync } from "node:fs";
import yaml from "js-yaml";

async function modelOf({ apiVersion, kind }) {
  const path = apiVersion.startsWith("monitoring.coreos.com/")
    ? `@kubernetes-models/prometheus-operator/${apiVersion}/${kind}`
    : `kubernetes-models/${apiVersion}/${kind}`;
  return (await import(path))[kind];
}

// The object, and in `seen` which fields of it were looked at; `paths` of all there are.
function watched(object, path, paths, seen) {
  if (object === null || typeof object !== "object") return object;
  const copy = Array.isArray(object) ? [] : Object.create(Object.getPrototypeOf(object));
  for (const [name, value] of Object.entries(object)) {
    const at = Array.isArray(object) ? `${path}[${name}]` : `${path}.${name}`;
    paths.push(at);
    copy[name] = watched(value, at, paths, seen);
  }
  return new Proxy(copy, {
    get(target, name) {
      if (typeof name === "string") seen.add(Array.isArray(object) ? `${path}[${name}]` : `${path}.${name}`);
      return Reflect.get(target, name);
    },
  });
}

async function problemsOf(object) {
  const Model = await modelOf(object);
  const paths = [];
  const seen = new Set([".apiVersion", ".kind"]);
  try {
    Model.prototype.validate.call(watched(new Model(object), "", paths, seen));
  } catch (error) {
    return [error.message];
  }
  return paths.filter((path) => !seen.has(path)).map((path) => `${path}: the API has no such field`);
}

const file = process.argv[2];
let failed = false;
for (const object of yaml.loadAll(readFileSync(file, "utf8"))) {
  const problems = await problemsOf(object);
  failed ||= problems.length > 0;
  console.log(`${object.apiVersion} ${object.kind} ${object.metadata.name}: ${problems.length === 0 ? "ok" : problems.join("\n  ")}`);
}
process.exit(failed ? 1 : 0);
