// Filters and sorts the cards that are there. Text from data only ever becomes a text node.

const at = (id) => document.getElementById(id);
const { keys, runs } = JSON.parse(at("data").textContent);
const cards = [...at("cards").children];
const all = cards.map((card, i) => ({ card, ...runs[i], text: card.textContent.toLowerCase() }));

function option(text) {
  const made = document.createElement("option");
  made.textContent = text;
  made.value = text;
  return made;
}

function choices(select, values) {
  select.replaceChildren(select.firstElementChild, ...values.map(option));
  select.value = "";
  select.disabled = values.length === 0;
}

// A word with = asks for a value of a key; any other has to be somewhere on the card.
function holds(run, word) {
  const [key, value] = [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)];
  const known = keys.find((each) => each.toLowerCase() === key.replaceAll("-", "_"));
  if (word.includes("=") && known) return (run.config[known] ?? "").toLowerCase() === value;
  return run.text.includes(word);
}

function natural(one, other) {
  return one.localeCompare(other, "en", { numeric: true });
}

function order(by) {
  if (by === "name" || by === "state") return (a, b) => natural(a[by], b[by]);
  const value = (run) => run.values[by] ?? -Infinity;
  return (a, b) => value(b) - value(a) || natural(a.name, b.name);
}

function show() {
  const words = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const [key, value] = [at("key").value, at("value").value];
  let count = 0;
  for (const run of all) {
    const fits = words.every((word) => holds(run, word));
    run.card.hidden = !(fits && (!key || !value || run.config[key] === value));
    count += !run.card.hidden;
  }
  at("shown").textContent = count === all.length ? "" : `${count} of ${all.length} runs are shown`;
}

function sort() {
  at("cards").append(...[...all].sort(order(at("sort").value)).map((run) => run.card));
}

function values() {
  const of = all.map((run) => run.config[at("key").value]).filter((v) => v !== undefined);
  choices(at("value"), at("key").value ? [...new Set(of)].sort(natural) : []);
}

choices(at("key"), keys);
at("search").addEventListener("input", show);
at("key").addEventListener("change", () => (values(), show()));
at("value").addEventListener("change", show);
at("sort").addEventListener("change", sort);
at("controls").addEventListener("submit", (event) => event.preventDefault());
at("controls").addEventListener("reset", () => setTimeout(() => (values(), show(), sort())));
at("controls").hidden = false;
sort();
