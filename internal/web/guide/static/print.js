// Shows the button that prints; without a script it would do nothing.
(function () {
  "use strict";
  var button = document.querySelector(".print button");
  button.hidden = false;
  button.addEventListener("click", function () { print(); });
})();
