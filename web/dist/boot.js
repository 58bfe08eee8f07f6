// Before the first paint: the theme and the language of the URL or of the last visit.
(function () {
  var query = new URLSearchParams(location.search);
  var kept = function (name) {
    try { return localStorage.getItem('epochcost.' + name); } catch (error) { return null; }
  };
  var theme = query.get('theme') || kept('theme');
  if (theme !== 'light' && theme !== 'dark') {
    theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }
  var root = document.documentElement;
  root.dataset.theme = theme;
  root.lang = query.get('lang') || kept('lang') || navigator.language;
})();
