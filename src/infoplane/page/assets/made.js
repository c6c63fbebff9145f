// How it was made, and how to make it again.

function clock(seconds) {
  if (seconds === null) return "–";
  return seconds < 90 ? `${number(seconds, 1)} s` : `${number(seconds / 60, 1)} min`;
}

function madeSection() {
  const holder = html("div", {});
  const values = html("div", {});
  const config = html("details", {}, html("summary", {}, "The whole configuration"), values);
  const section = sectionOf("made", "How it was made", holder, config);
  const show = whenChanged((run) => {
    const made = run.made;
    const all = [
      [
        "run",
        `${made.id} · ${made.state}, epoch ${number(made.epoch)}${made.message ? ` · ${made.message}` : ""}`,
      ],
      ["networks", `${made.members}, from seed ${made.seed}`],
      ["data", `${run.about.split(" · ")[0]}; fingerprint ${made.fingerprint || "not recorded"}`],
      ["device asked for", made.device],
      [
        "time",
        `training ${clock(made.seconds.training)}, measuring ${clock(made.seconds.observing)}`,
      ],
      [
        "versions",
        Object.entries(made.versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(", ") || "not recorded",
      ],
    ];
    const studies = run.studies.map((command) => html("pre", { tabindex: 0 }, command));
    renew(
      holder,
      html(
        "dl",
        {},
        all.flatMap(([name, text]) => [html("dt", {}, name), html("dd", {}, text)]),
      ),
      html("p", {}, made.command ? "The same run again:" : "Trained by a loop of its owner's."),
      made.command ? html("pre", { tabindex: 0 }, made.command) : "",
      studies.length ? html("p", {}, "The whole study again:") : "",
      ...studies,
    );
    const rows = made.config.map((row) =>
      Object.assign([row.key, row.value, row.changed ? "yes" : "no"], { marked: row.changed }),
    );
    renew(
      values,
      table(
        "Keys and values; in bold, what is not as it is by default",
        ["key", "value", "chosen"],
        rows,
        { text: [0, 1] },
      ),
    );
  });
  pictures.push({
    move() {},
    draw() {
      const { made, about } = theRun();
      show({ made, about, studies: PAGE.studies.map((study) => study.command) });
    },
  });
  return section;
}
