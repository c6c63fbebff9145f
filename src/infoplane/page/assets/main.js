// The page, from top to bottom.

// Returns refresh(), which takes up numbers that came since.
function build() {
  const page = document.getElementById("page");
  const chosen = chosenRun();
  const planes = [memorizedPlane(), informationPlane()];
  const time = radios(
    "time",
    "Time",
    [
      ["log", "logarithmic"],
      ["linear", "linear"],
    ],
    "log",
    (value) => {
      state.log = value === "log";
      redraw();
    },
  );
  const [verdicts, claims] = [html("div", {}), html("div", {})];
  const judged = whenChanged(() => {
    renew(verdicts, ...claimsTop());
    renew(claims, ...claimsSections());
  });
  page.append(
    verdicts,
    html(
      "section",
      { id: "pictures", tabindex: -1, "aria-labelledby": "planes" },
      html("h2", { id: "planes" }, "The planes"),
      html("div", { class: "choices" }, chosen.runs),
      chosen.about,
      chosen.gap,
      html("div", { class: "choices" }, chosen.layers),
      html("div", { class: "choices" }, chosen.labels, time),
      timeBar(),
      marksKey(),
      html(
        "div",
        { class: "pictures" },
        planes.map((plane) => plane.figure),
      ),
      numbersTable(),
      html("h2", {}, "Against the epoch"),
      html("p", {}, "A press in any of these sets the epoch of all."),
      html(
        "div",
        { class: "pictures small" },
        courses(planes).map((chart) => chart.figure),
      ),
      html("h2", {}, "Against depth"),
      html(
        "div",
        { class: "pictures" },
        profiles(planes).map((chart) => chart.figure),
      ),
    ),
    examplesSection(),
    comparisonSection(),
    claims,
    madeSection(),
  );
  judged(PAGE.studies);
  chosen.choose(firstRun());
  let waiting = null;
  new ResizeObserver(() => {
    cancelAnimationFrame(waiting);
    if (!state.paper) waiting = requestAnimationFrame(redraw);
  }).observe(page);
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    state.paper = true;
    redraw();
  });
  addEventListener("afterprint", () => {
    state.paper = false;
    redraw();
  });
  return () => {
    judged(PAGE.studies);
    chosen.refresh();
  };
}

// What trains is shown first, else the first run that measured what is memorized.
function firstRun() {
  const training = PAGE.runs.findIndex((run) => run.made.state === "running");
  const memorizing = PAGE.runs.findIndex((run) => run.memorized);
  return Math.max(0, PAGE.watched && training >= 0 ? training : memorizing);
}

// A study begins with its verdicts in one line, which leads to the claims.
function claimsTop() {
  return PAGE.studies.map((study, i) => {
    const held = study.claims.filter((claim) => claim.verdict === "holds").length;
    return html(
      "p",
      {},
      html(
        "a",
        { href: `#claims-${i}` },
        `${study.name}: ${held} of ${study.claims.length} claims hold`,
      ),
      ` (${study.scale})`,
    );
  });
}

let refresh = PAGE.runs.length ? build() : null;
