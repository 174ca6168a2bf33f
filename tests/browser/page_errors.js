/* Put before a page's own scripts by report_browser.h: keeps what goes wrong in them. */
"use strict";
window.pageErrors = [];
window.addEventListener("error", (event) => window.pageErrors.push(event.message));
window.addEventListener("unhandledrejection",
                        (event) => window.pageErrors.push(String(event.reason)));
document.addEventListener("securitypolicyviolation", (event) => {
  window.pageErrors.push(`blocked ${event.blockedURI}`);
});
