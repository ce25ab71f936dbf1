// The page works without any of this. Each behaviour makes one thing quicker or kinder and knows nothing of the others;
// all of them listen on the document, so that what htmx swaps in needs no second start.
import "./behaviors/busy.js";
import "./behaviors/choose.js";
import "./behaviors/calendar.js";
import "./behaviors/countdown.js";
import "./behaviors/focus.js";
import "./behaviors/grid.js";
import "./behaviors/live.js";
import "./behaviors/month.js";
import "./behaviors/passkeys.js";
import "./behaviors/popovers.js";
import "./behaviors/stepper.js";
import "./behaviors/theme.js";
import "./behaviors/toasts.js";
import "./behaviors/zone.js";
