// Where the parts of a pipeline stand: boxes and the lines between them, in pixels, of the tree that the API tells. Nothing is drawn here.
//
// Filters follow one another downwards. Below a condition stands its arm, set in; the line of the events of which it is not true runs down at
// its left to the next condition, and at its right a bracket leads from the arm's end to where all arms meet again. Outputs stand
// side by side along one line.

const box = { width: 232, height: 50, gap: 14 };
const condition = { height: 28 };
const indent = 30;   // of an arm, at its left
const bracket = 16;  // of an arm, at its right
const flow = 12;     // from a box's left edge to the line that runs through it
const gutter = 46;   // between the columns
const top = 8;

// layout gives { width, height, boxes: [{ x, y, width, height, step | arm }], lines: [{ points: [[x, y], …], kind, arrow }] }. Beside one
// another where that fits into the given width, else the columns stand below one another.
export function layout(shape, available) {
  const depthF = depth(shape.filters), depthO = depth(shape.outputs);
  const widths = [box.width, shape.filters.length ? box.width + depthF * (indent + bracket) : 0, box.width + indent * (1 + 2 * depthO)];
  const wide = widths.reduce((a, b) => a + b, 0) + gutter * (shape.filters.length ? 2 : 1);
  return wide <= available ? beside(shape, widths) : below(shape, widths);
}

function depth(steps) { return steps.reduce((most, s) => Math.max(most, s.arms ? 1 + Math.max(0, ...s.arms.map((a) => depth(a.steps))) : 0), 0); }

function sheet() {
  const boxes = [], lines = [];
  return {
    boxes, lines,
    box(x, y, width, height, what) { boxes.push({ x, y, width, height, ...what }); },
    line(kind, ...points) { lines.push({ points, kind, arrow: kind !== "merge" && kind !== "bus" }); },
  };
}

function beside(shape, [inputsWide, filtersWide, outputsWide]) {
  const s = sheet();
  const bus = inputsWide + gutter / 2 - 6, entry = top + box.height / 2;
  let y = top;
  for (const step of shape.inputs) {
    s.box(0, y, inputsWide, box.height, { step });
    s.line("bus", [inputsWide, y + box.height / 2], [bus, y + box.height / 2], [bus, entry]);
    y += box.height + box.gap;
  }
  let x = inputsWide + gutter, end = [bus, entry], bottom = y;
  if (shape.filters.length) {
    const first = entry + 22;
    s.line("flow", end, [x + flow, entry], [x + flow, first]);
    const after = filters(s, shape.filters, x, first, x + filtersWide);
    bottom = Math.max(bottom, after + 14);
    const lane = x + filtersWide + gutter / 2;
    s.line("bus", [x + flow, after - box.gap], [x + flow, after + 2], [lane, after + 2], [lane, entry]);
    x += filtersWide + gutter;
    end = [lane, entry];
  }
  s.line("bus", end, [x + flow, entry], [x + flow, entry + 10]);
  bottom = Math.max(bottom, outputs(s, shape.outputs, x, entry + 22, x + outputsWide, entry + 10));
  return { width: x + outputsWide, height: bottom + 4, boxes: s.boxes, lines: s.lines };
}

function below(shape, widths) {
  const s = sheet();
  const width = Math.max(box.width + indent, widths[1], widths[2]);
  let y = top;
  const from = top + shape.inputs.length * (box.height + box.gap) - box.gap;
  for (const step of shape.inputs) {
    s.box(indent, y, width - indent, box.height, { step });
    s.line("bus", [indent, y + box.height / 2], [flow, y + box.height / 2], [flow, from]);
    y += box.height + box.gap;
  }
  y += 6;
  if (shape.filters.length) {
    s.line("flow", [flow, from], [flow, y]);
    y = filters(s, shape.filters, 0, y, width);
    s.line("bus", [flow, y - box.gap], [flow, y + 6]);
    y += 6;
  } else s.line("bus", [flow, from], [flow, y]);
  y = outputs(s, shape.outputs, 0, y, width, y);
  return { width, height: y + 4, boxes: s.boxes, lines: s.lines };
}

// filters puts a sequence below y and gives where it ends: the line goes on at x + flow, box.gap above.
function filters(s, steps, x, y, right) {
  steps.forEach((step, i) => {
    if (i > 0) s.line("flow", [x + flow, y - box.gap], [x + flow, y]);
    if (step.arms) {
      y = branch(s, step.arms, x, y, right);
    } else {
      s.box(x, y, right - x, box.height, { step });
      y += box.height + box.gap;
    }
  });
  return y;
}

function branch(s, arms, x, y, right) {
  const rail = right - bracket / 2 + 2;
  const ends = []; // heights at which arms reach the bracket
  let open = true; // whether events may pass all conditions
  arms.forEach((arm, i) => {
    s.box(x, y, arm.condition ? right - x - bracket : 64, condition.height, { arm, otherwise: i > 0 });
    const below = y + condition.height;
    let next = below + 10;
    if (arm.steps.length) {
      s.line("yes", [x + indent + flow, below], [x + indent + flow, next]);
      next = filters(s, arm.steps, x + indent, next, right - bracket);
      const from = next - box.gap;
      const last = arm.steps.at(-1);
      if (last.arms) {
        ends.push(from + 5);
        s.line("merge", [x + indent + flow, from], [x + indent + flow, from + 5], [rail, from + 5]);
      } else {
        ends.push(from - box.height / 2);
        s.line("merge", [right - bracket, from - box.height / 2], [rail, from - box.height / 2]);
      }
    } else {
      ends.push(y + condition.height / 2);
      s.line("merge", [x + (arm.condition ? right - x - bracket : 64), y + condition.height / 2], [rail, y + condition.height / 2]);
    }
    if (!arm.condition) open = false;
    else if (i < arms.length - 1) s.line("no", [x + flow, below], [x + flow, next]);
    else s.line("skip", [x + flow, below], [x + flow, next + 2]);
    y = next;
  });
  const join = y + 2;
  s.line("merge", [rail, Math.min(...ends)], [rail, join], [x + flow, join]);
  if (!open) s.line("merge", [x + flow, join], [x + flow, join + 2]);
  return join + box.gap;
}

// outputs puts statements along the line that comes down at x + flow from height from.
function outputs(s, steps, x, y, right, from) {
  for (const step of steps) {
    const left = x + indent;
    const height = step.arms ? condition.height : box.height;
    s.line("bus", [x + flow, from], [x + flow, y + height / 2]);
    s.line("flow", [x + flow, y + height / 2], [left, y + height / 2]);
    from = y + height / 2;
    if (step.arms) {
      y = split(s, step.arms, left, y, right);
    } else {
      s.box(left, y, right - left, box.height, { step });
      y += box.height + box.gap;
    }
  }
  return y;
}

function split(s, arms, x, y, right) {
  arms.forEach((arm, i) => {
    s.box(x, y, arm.condition ? right - x : 64, condition.height, { arm, otherwise: i > 0 });
    const below = y + condition.height;
    let next = below + 10;
    const only = arm.steps.length === 1 && !arm.steps[0].arms;
    if (only) {
      s.line("yes", [x + indent + flow, below], [x + indent + flow, next]);
      s.box(x + indent, next, right - x - indent, box.height, { step: arm.steps[0] });
      next += box.height + box.gap;
    } else if (arm.steps.length) {
      next = outputs(s, arm.steps, x + indent, next, right, below);
    }
    if (arm.condition && i < arms.length - 1) s.line("no", [x + flow, below], [x + flow, next]);
    y = next;
  });
  return y;
}
