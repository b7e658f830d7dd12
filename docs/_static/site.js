// What scrolls by itself can be scrolled with the keys too, and the two side bars have names.

const boxes = document.querySelectorAll(".picture, .formula, .table-wrapper, pre");

function reach() {
  for (const box of boxes) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

new ResizeObserver(reach).observe(document.body);
document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "The site");
document.querySelector(".toc-drawer")?.setAttribute("aria-label", "This page");
