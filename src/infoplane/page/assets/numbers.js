// The numbers of the chosen epoch as a table: for reading aloud, copying, and doubting the pictures.

function numbersTable() {
  const holder = html("div", {});
  const details = html(
    "details",
    {},
    html("summary", {}, "The numbers at the chosen epoch, as a table"),
    holder,
  );
  const picture = {
    draw() {},
    move() {
      if (!details.open) return;
      const run = theRun();
      const plane = run.planes.get(state.label);
      const heads = [
        "layer",
        "learned",
        "memorized",
        "null of M",
        "control",
        "I(X;T)",
        state.label || "I(T;Y)",
        "its null",
        "marks",
      ];
      const cells = visibleLayers().map((layer) => {
        const m = run.memorized?.has(layer.depth)
          ? latest(run.memorized.get(layer.depth), epochNow())
          : null;
        const i = plane?.has(layer.depth) ? latest(plane.get(layer.depth), epochNow()) : null;
        const value = (v, sd) => `${number(v)}${spreadOf(sd)}`;
        return [
          `${layer.depth} · ${layer.name}`,
          m ? value(m.learned, one(m.learned_sd, m.learned_error)) : "–",
          m ? value(m.memorized, one(m.memorized_sd, m.memorized_error)) : "–",
          m ? value(m.memorized_null_mean, m.memorized_null_std) : "–",
          m ? number(m.control) : "–",
          i ? value(i.x, i.x_sd) : "–",
          i ? value(i.y, i.y_sd) : "–",
          i ? value(i.null_mean, i.null_std) : "–",
          [
            m?.memorized_inside ? "M inside its null" : null,
            i?.inside_null ? "label inside its null" : null,
            i?.saturated ? "saturated" : null,
          ]
            .filter(Boolean)
            .join(", ") || "–",
        ];
      });
      const looks = run.memorized ? `; learned and memorized at the last look by then` : "";
      renew(holder, table(`Epoch ${number(epochNow())}, bits${looks}`, heads, cells));
    },
  };
  details.addEventListener("toggle", () => picture.move());
  pictures.push(picture);
  return details;
}
