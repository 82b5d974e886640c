// The patterns as a filter for a configuration.

// quote writes a text for Logstash's language, which has no escapes inside quotes by default: in a regular expression \" means ".
function quote(text) {
  if (!text.includes('"')) return `"${text}"`;
  if (!text.includes("'")) return `'${text}'`;
  return `"${text.replace(/(\\*)"/g, (m, back) => (back.length % 2 ? m : back + '\\"'))}"`;
}

// definitionsOf reads "NAME regex" lines.
export function definitionsOf(text) {
  return text.split("\n").map((l) => l.trim()).filter((l) => l && !l.startsWith("#")).map((l) => {
    const [, name, pattern] = /^(\S+)\s*(.*)$/.exec(l);
    return { name, pattern };
  });
}

// snippet gives the filter.
export function snippet({ patterns, definitions, ecs, all }) {
  const list = patterns.map(quote);
  const match = list.length === 1 ? list[0] : `[\n        ${list.join(",\n        ")}\n      ]`;
  const own = definitionsOf(definitions);
  return [
    "filter {", "  grok {", `    match => { "message" => ${match} }`,
    own.length && `    pattern_definitions => {\n${own.map((d) => `      ${quote(d.name)} => ${quote(d.pattern)}`).join("\n")}\n    }`,
    ecs !== "disabled" && `    ecs_compatibility => "${ecs}"`,
    all && "    named_captures_only => false",
    "  }", "}",
  ].filter(Boolean).join("\n");
}
