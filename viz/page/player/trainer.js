// Gradient descent with the mean loss of all samples, through the page's own tape: `evaluate` computes each of them, and the edges
// of the sweep its gradient.

function trainerOf(facts) {
  const count = facts.rows.length, wide = facts.x.length, parameters = Int32Array.from(facts.parameters);
  const X = Float64Array.from(facts.rows.flat()), T = Float64Array.from(facts.targets.flat()), [score] = facts.scores;
  const sweep = told.steps.slice(1), edges = Int32Array.from(sweep, ({ edge }) => edge);
  const heads = Int32Array.from(sweep, ({ node }) => node), tails = Int32Array.from(sweep, ({ parent }) => parent);
  const steady = Float64Array.from(told.edges, (_, edge) => facts.partials[edge] ?? NaN); // the same whatever the values are
  const v = new Float64Array(told.names.length), adjoints = new Float64Array(v.length), slopes = new Float64Array(parameters.length);
  const weights = new Float64Array(facts.wires.length);
  const mean = T.reduce((sum, y) => sum + y / count, 0), alike = T.every((y) => y === T[0]);
  const spread = alike ? NaN : T.reduce((sum, y) => sum + (y - mean) ** 2, 0); // of targets that are all equal R² is not defined

  // What was found at the parameters in v: the loss, how many classes are right, and of a regression R².
  const found = { loss: NaN, right: 0, fit: NaN };

  // The mean loss of all samples at the parameters in v, NaN where there is none; with the gradient, all that is `found` is of it.
  function pass(gradient) {
    let sum = 0, missed = 0, right = 0;
    if (gradient) {
      found.loss = NaN;
      slopes.fill(0);
    }
    for (let s = 0; s < count; s++) {
      for (let j = 0; j < wide; j++) v[facts.x[j]] = X[s * wide + j];
      for (let j = 0; j < facts.y.length; j++) v[facts.y[j]] = T[s * facts.y.length + j];
      const { p, bad } = evaluate(v);
      if (bad >= 0) return NaN;
      sum += v[told.root];
      if (!gradient) continue;
      adjoints.fill(0);
      adjoints[told.root] = 1;
      for (let i = 0; i < edges.length; i++) adjoints[tails[i]] += adjoints[heads[i]] * (p[edges[i]] ?? steady[edges[i]]);
      for (let i = 0; i < parameters.length; i++) slopes[i] += adjoints[parameters[i]];
      if (facts.classes.length) right += decided() === facts.of[s];
      else missed += (T[s] - v[score]) ** 2;
      if (s === count - 1) facts.wires.forEach(([, , edge], i) => { weights[i] = p[edge] ?? steady[edge]; });
    }
    if (!gradient) return sum / count;
    for (let i = 0; i < slopes.length; i++) slopes[i] /= count;
    Object.assign(found, { loss: sum / count, right, fit: 1 - missed / spread });
    return found.loss;
  }

  // The class that the scores in v predict; a tie goes to the first.
  function decided() {
    if (facts.two) return Number(v[score] > 0);
    return facts.scores.reduce((best, node, i) => (v[node] > v[facts.scores[best]] ? i : best), 0);
  }

  const finite = () => Number.isFinite(found.loss) && slopes.every(Number.isFinite);

  // One step from the parameters in v, and what is told of it: Training.NUMBERS. Where there is no loss it is taken back. If the
  // loss rises, a `thorough` step looks for what is known of smaller rates.
  function descend(rate, thorough) {
    const from = Float64Array.from(parameters, (p) => v[p]), gradient = slopes.slice(), before = found.loss;
    const straight = rate * gradient.reduce((sum, slope) => sum + slope ** 2, 0);
    const place = (share) => {
      for (let i = 0; i < from.length; i++) v[parameters[i]] = from[i] - rate * share * gradient[i];
    };
    place(1);
    pass(true);
    if (!finite()) {
      place(0);
      pass(true);
      return { rate, after: found.loss, stopped: 1 };
    }
    const step = { rate, before, after: found.loss, straight, searched: Number(thorough) };
    if (!thorough || !(step.after > before)) return step;
    const known = limitAlong((share) => {
      place(share);
      return pass(false);
    }, before, -straight, rate);
    place(1);
    return { ...step, ...known };
  }

  return { count, wide, parameters, X, T, v, weights, found, pass, finite, descend };
}
