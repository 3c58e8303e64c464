// What scrolls by itself can be reached by the tab key, and only that.
const wide = "article pre, article .table-wrapper, article .math, article .output, article .wide";
const mark = () => {
  for (const region of document.querySelectorAll(wide)) {
    if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
    else region.removeAttribute("tabindex");
  }
};
addEventListener("resize", mark);
addEventListener("load", mark);
for (const folded of document.querySelectorAll("article details")) folded.addEventListener("toggle", mark);
