// A page that Python has written becomes this document, which is apart from the page around it: it has an origin of its own,
// and asks the network for nothing.
addEventListener("message", ({ source, data }) => {
  if (source !== parent) return;
  document.open();
  document.write(data);
  document.close();
});
