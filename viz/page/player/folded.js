// A graph that is folded, told.folded: the sentences of steps of several values, which are not asked for.

// What is told of the step of a moment.
const cardStep = (now) => (now.forward ? told.forward[now.at - 1] : told.steps[now.at]);

tellers.push((now) => {
  const { lines, whole } = cardStep(now) ?? {};
  return lines && state.scene === "" ? { lines, whole, update: true } : null;
});
skips.push((beat) => {
  const now = moment(beat);
  return now.asking && Boolean(cardStep(now)?.lines);
});
takeOut([]);
