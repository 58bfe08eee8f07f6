#pragma once

#include <string_view>

namespace epochcost::api {

// The style sheet of a report. The colours of the terms differ in lightness as well as in hue: at
// least ΔE76 34 in light and 23 in dark, for normal, protan, deutan and tritan sight, and at least
// 3:1 to the page.
inline constexpr std::string_view kReportStyle = R"css(
:root{--page:#fff;--panel:#f6f7f9;--text:#16181d;--faint:#565d6b;--edge:#d5d9e0;--gpu:#23307a;
--cpu:#c2410c;--memory:#0f8a7a;--network:#9b7be0;--accent:#23307a;--warn:#8a4b00}
@media (prefers-color-scheme:dark){:root{--page:#14181f;--panel:#1c222c;--text:#e8ebf0;--faint:#a3adbd;
--edge:#39424f;--gpu:#7aa2ff;--cpu:#ff9a5c;--memory:#24806b;--network:#e9dcff;--accent:#7aa2ff;--warn:#ffc46b}}
#light:checked~.page{--page:#fff;--panel:#f6f7f9;--text:#16181d;--faint:#565d6b;--edge:#d5d9e0;--gpu:#23307a;
--cpu:#c2410c;--memory:#0f8a7a;--network:#9b7be0;--accent:#23307a;--warn:#8a4b00}
#dark:checked~.page{--page:#14181f;--panel:#1c222c;--text:#e8ebf0;--faint:#a3adbd;--edge:#39424f;--gpu:#7aa2ff;
--cpu:#ff9a5c;--memory:#24806b;--network:#e9dcff;--accent:#7aa2ff;--warn:#ffc46b}
*{box-sizing:border-box}html,body{margin:0}
body{font:15px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
.page{background:var(--page);color:var(--text);min-height:100vh;padding:20px max(16px,calc(50vw - 540px))}
.switch{position:absolute;opacity:0;pointer-events:none}
#english:checked~.page .zh,#chinese:checked~.page .en{display:none}
.bar{display:flex;gap:6px;flex-wrap:wrap;justify-content:flex-end}
.bar label{min-width:44px;min-height:28px;padding:2px 10px;border:1px solid var(--edge);border-radius:6px;cursor:pointer;text-align:center}
#english:checked~.page label[for=english],#chinese:checked~.page label[for=chinese],#own:checked~.page label[for=own],
#light:checked~.page label[for=light],#dark:checked~.page label[for=dark]{background:var(--accent);color:var(--page);border-color:var(--accent)}
#english:focus-visible~.page label[for=english],#chinese:focus-visible~.page label[for=chinese],#own:focus-visible~.page label[for=own],
#light:focus-visible~.page label[for=light],#dark:focus-visible~.page label[for=dark]{outline:3px solid var(--cpu);outline-offset:2px}
h1{font-size:24px;margin:8px 0 2px;overflow-wrap:anywhere}h2{font-size:17px;margin:32px 0 8px}
.faint{color:var(--faint)}.warn{color:var(--warn)}p{margin:4px 0}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:10px;margin:16px 0}
.figure{background:var(--panel);border:1px solid var(--edge);border-radius:8px;padding:10px 14px}
.figure b{display:block;font-size:22px;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:4px 8px;font-size:14px;border-bottom:1px solid var(--edge);text-align:right;white-space:nowrap}
th:first-child,td:first-child,td.left,th.left{text-align:left}th{color:var(--faint);font-weight:600;white-space:normal}.keep{white-space:nowrap;margin-right:10px}
td.wrap{white-space:normal;overflow-wrap:anywhere;min-width:220px}tr.sum td{font-weight:600;border-top:2px solid var(--edge)}
code,.formula{font:13px/1.6 ui-monospace,"Noto Sans Mono CJK SC",monospace;overflow-wrap:anywhere}
.formula{background:var(--panel);border:1px solid var(--edge);border-radius:8px;padding:10px 14px}
svg{display:block;max-width:none}svg text{font-size:12px;fill:var(--text)}svg .tick{fill:var(--faint)}
.grid{stroke:var(--edge)}.gpu{fill:var(--gpu)}.cpu{fill:var(--cpu)}.memory{fill:var(--memory)}.network{fill:var(--network)}
svg rect{stroke:var(--page);stroke-width:1}.whisker{stroke:var(--text);stroke-width:1.5}
.line{fill:none;stroke:var(--accent);stroke-width:2}.area{fill:var(--accent);opacity:.14}.end{fill:var(--accent)}
.chip{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:6px;vertical-align:-1px}
.chip.gpu{background:var(--gpu)}.chip.cpu{background:var(--cpu)}.chip.memory{background:var(--memory)}.chip.network{background:var(--network)}
ul{padding-left:20px;margin:4px 0}li{margin:4px 0;overflow-wrap:anywhere}
@media print{.bar{display:none}.page{padding:0}h2{break-after:avoid}tr,svg{break-inside:avoid}}
)css";

}  // namespace epochcost::api
