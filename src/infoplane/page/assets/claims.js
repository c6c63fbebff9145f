// The claims of a study: what was published, what was measured here, what would refute it.

function verdictOf(claim) {
  const part = claim.holds.some(Boolean) && !claim.holds.every(Boolean);
  if (claim.verdict === "holds") return ["✓", "holds"];
  if (claim.verdict === "does not hold") return ["✗", "fails"];
  return [part ? "◐" : "?", "unclear"];
}

function claimCard(claim) {
  const [symbol, kind] = verdictOf(claim);
  const values = claim.values.map((v, i) =>
    v === null ? "not judged" : `${number(v)}${claim.holds[i] === false ? " (does not)" : ""}`,
  );
  const interval =
    claim.interval.length === 2
      ? ` (95 % interval ${number(claim.interval[0])} to ${number(claim.interval[1])})`
      : "";
  const facts = [
    ["published", claim.published || "no number known"],
    ["ours", `${claim.measured || "–"}${interval}`],
    [`each of the ${claim.of || "members"}`, values.join(", ")],
    ["chance or control", claim.null],
    ["refuted by", claim.refuted_by],
  ];
  return html(
    "article",
    { class: "claim" },
    html(
      "p",
      { class: `verdict ${kind}` },
      html("span", { "aria-hidden": "true" }, `${symbol} `),
      claim.verdict,
    ),
    html("h3", {}, claim.statement),
    html(
      "dl",
      {},
      facts
        .filter(([, text]) => text)
        .flatMap(([name, text]) => [html("dt", {}, name), html("dd", {}, text)]),
    ),
  );
}

function claimsSections() {
  return PAGE.studies.map((study, i) => {
    const held = study.claims.filter((claim) => claim.verdict === "holds").length;
    return sectionOf(
      `claims-${i}`,
      `The claims of ${study.name}`,
      html("p", { class: "about" }, study.source),
      html(
        "p",
        {},
        `${held} of ${study.claims.length} hold. A claim holds when it does in every network. ` +
          "Networks differ in their initial weights and the order of examples and share the data, so spread " +
          "and interval say nothing of other data.",
      ),
      study.claims.map(claimCard),
    );
  });
}
