// Filters and sorts the list of towns. The page is complete without it.
(function () {
  "use strict";
  var table = document.getElementById("town-table");
  if (!table) return;
  var body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.rows);
  var lang = document.documentElement.lang;
  var german = lang === "de";

  function numberIn(text) {
    if (text.charAt(0) === "–") return 0;
    var found = text.match(german ? /[\d.]+(,\d+)?/ : /[\d,]+(\.\d+)?/);
    if (!found) return -1;
    var plain = german ? found[0].replace(/\./g, "").replace(",", ".") : found[0].replace(/,/g, "");
    var value = parseFloat(plain);
    return isNaN(value) ? -1 : value;
  }

  var box = document.createElement("p");
  box.className = "filter";
  var label = document.createElement("label");
  label.textContent = table.dataset.filter + " ";
  var input = document.createElement("input");
  input.type = "search";
  var result = document.createElement("span");
  result.setAttribute("role", "status");
  label.appendChild(input);
  box.appendChild(label);
  box.appendChild(result);
  table.parentNode.parentNode.insertBefore(box, table.parentNode);
  input.addEventListener("input", function () {
    var wanted = input.value.trim().toLowerCase();
    var shown = 0;
    rows.forEach(function (row) {
      row.hidden = row.cells[0].textContent.toLowerCase().indexOf(wanted) < 0;
      if (!row.hidden) shown += 1;
    });
    result.textContent = wanted ? shown + " " + table.dataset.result : "";
  });

  var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
  heads.forEach(function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.title = table.dataset.sort + " " + head.textContent;
    button.textContent = head.textContent;
    head.textContent = "";
    head.appendChild(button);
    button.addEventListener("click", function () {
      var numeric = column > 0;
      var up = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") !== "ascending" : !numeric || column === 4;
      heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      rows.sort(function (a, b) {
        var left = a.cells[column].textContent;
        var right = b.cells[column].textContent;
        if (!numeric) return up ? left.localeCompare(right, lang) : right.localeCompare(left, lang);
        var x = numberIn(left);
        var y = numberIn(right);
        if (x < 0 || y < 0) return y - x;
        return up ? x - y : y - x;
      });
      rows.forEach(function (row) { body.appendChild(row); });
    });
  });
}());
