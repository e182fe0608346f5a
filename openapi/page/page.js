"use strict";

(() => {
  const page = document.getElementById("page");
  const status = document.getElementById("status");

  // What the filter leaves: the operations that have every word of the phrase in their
  // method, path, summary or tag.
  function opsFilter(tags, phrase) {
    const words = phrase.toLowerCase().split(/\s+/);
    return tags
      .map((tag, name) => tag.update("operations", (operations) => operations.filter((one) => {
        const text = [name, one.get("method"), one.get("path"), one.getIn(["operation", "summary"])].join(" ").toLowerCase();
        return words.every((word) => text.includes(word));
      })))
      .filter((tag) => tag.get("operations").size > 0);
  }

  function nameFilter() {
    const input = document.querySelector(".operation-filter-input");
    if (input) {
      input.placeholder = "Filter by path, method or words";
      input.setAttribute("aria-label", input.placeholder);
    }
  }

  const ui = SwaggerUIBundle({
    url: new URL(page.dataset.document, location.href).href,
    domNode: page,
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [{ fn: { opsFilter } }],
    filter: true,
    onComplete: nameFilter,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    validatorUrl: null,
    responseInterceptor: (response) => {
      if (response.ok) {
        note(response);
      }
      return response;
    },
  });

  // What the document says about the route of ginauth that a URL leads to.
  function routeOf(url) {
    const json = ui.specSelectors.specJson().toJS();
    const path = new URL(url, location.href).pathname;
    for (const [name, item] of Object.entries(json.paths ?? {})) {
      if (path.endsWith(name) && item.post?.["x-ginauth"]) {
        return item.post["x-ginauth"];
      }
    }
    return {};
  }

  // A login and a logout count for the calls that follow.
  function note(response) {
    const route = routeOf(response.url);
    if (route.group !== "auth") {
      return;
    }
    const token = response.body?.access_token;
    if (route.operation === "login") {
      if (token) {
        ui.preauthorizeApiKey(route.scheme, token);
      }
      status.textContent = `Logged in by ${route.backend}: further calls carry ${token ? "its token" : "its cookie"}.`;
    }
    if (route.operation === "logout") {
      ui.authActions.logout([route.scheme]);
      status.textContent = `Logged out of ${route.backend}.`;
    }
  }
})();
