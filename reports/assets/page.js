(function () {
  "use strict";

  // Without a loop plotly lets bands leave a node in the order of a layout of its own, and they
  // cross. This orders them by the places that the nodes really have; should plotly's inner
  // names change, the bands stay as plotly draws them.
  function uncross(place) {
    try {
      var bands = Array.from(place.querySelectorAll(".sankey-link"));
      if (!bands.length || bands[0].__data__.parent.circular) return;
      place.querySelectorAll(".sankey-node").forEach(function (element) {
        var node = element.__data__.node;
        node.sourceLinks.sort(function (a, b) { return a.target.y0 - b.target.y0; });
        node.targetLinks.sort(function (a, b) { return a.source.y0 - b.source.y0; });
      });
      var graph = bands[0].__data__.parent;
      graph.sankey.update(graph.graph);
      bands.forEach(function (band) {
        band.setAttribute("d", band.__data__.linkPath()(band.__data__));
      });
    } catch (error) {
      place.dataset.crossed = "maybe";
    }
  }

  // The still figure is drawn first: its bands are true to scale and carry their names. The
  // interactive one is drawn when somebody asks for it, so that the page opens at once.
  function draw(source, place) {
    var figure = JSON.parse(source.textContent);
    return Plotly.newPlot(place, figure.data, figure.layout, {
      responsive: true,
      displayModeBar: false,
      displaylogo: false,
    }).then(function () {
      place.on("plotly_afterplot", function () { uncross(place); });
      uncross(place);
      place.dataset.state = "drawn";
    });
  }

  // What is folded is printed too, and folded again afterwards.
  var folded = [];
  window.addEventListener("beforeprint", function () {
    folded = Array.from(document.querySelectorAll("details:not([open])"));
    folded.forEach(function (part) { part.open = true; });
  });
  window.addEventListener("afterprint", function () {
    folded.forEach(function (part) { part.open = false; });
  });

  document.querySelectorAll("script[type='application/json'][data-figure]").forEach(function (source) {
    var place = document.getElementById(source.dataset.figure);
    var frame = place.parentElement;
    var button = document.createElement("button");
    button.type = "button";
    button.className = "switch";
    button.setAttribute("aria-pressed", "false");
    button.textContent = source.dataset.label;
    button.addEventListener("click", function () {
      var live = !frame.classList.contains("drawn");
      frame.classList.toggle("drawn", live);
      button.setAttribute("aria-pressed", String(live));
      if (live && !place.dataset.state) {
        place.dataset.state = "asked";
        draw(source, place).catch(function () {
          frame.classList.remove("drawn");
          button.remove();
        });
      }
    });
    frame.parentElement.insertBefore(button, frame);
  });
})();
