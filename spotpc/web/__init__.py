"""Generic web helpers and the design system; this package imports no app.

Pages
    `{% extends "base.html" %}`    signed in: bar, navigation, breadcrumbs, heading, messages
    `{% extends "tenant.html" %}`  below /tenants/<id>/, after `tenants.access.tenant_or_404`
    `{% extends "plain.html" %}`   nobody signed in, or nothing to rely on
    Context: `title` (title tag, breadcrumb, heading), `lead` (a line under the heading), `tab`
    ("overview", "sessions", "machines", "activity": draws the tabs and makes the tenant's name the
    heading), `crumbs` (pairs of URL and text, before the last). Always there: `tenant`,
    `may.change`, `may.delete`, `shell`.
    Blocks: `page` (in tenant.html; `content` in base.html), `crumbs` (`<li>` before the last),
    `heading`, `lead`, `actions` (buttons at the right of the heading), `styles` (an own CSS file).

Tags, `{% load ui %}`
    `{% status value label tone %}`  icon, word and colour; tones ok busy warn bad idle
    `{% when moment %}` `{% ago moment %}` `{% duration seconds %}` (also a filter)
    `{% icon "trash" %}` `{% copy text %}` `{% freshness tenant.sync %}`
    `{% include "inc/disabled.html" with label="Seal Image" because="…" %}` an action that is not
    possible now; `{% include "inc/refresh.html" %}` freshness and its button

Classes (static/css)
    layout      stack, stack-tight, with-aside (content and a 320 px column), row (+ push)
    cards       card, card-head (+ push), card-body, card pad; tiles > tile > label, value, note
    facts       <dl class="facts"><div><dt><dd></div></dl>
    buttons     button + primary, danger, quiet, small, wide; actions (a row of them)
    notices     notice + ok, warn, bad: an icon, then a <div>; empty (an empty list: what to do)
    tables      web/table.html by `tables.table_page`; by hand: .table-scroll > table.table, cells
                with data-label (cards on phones) and class num; rows ok, warn, bad
    others      timeline (<ol>, <li><time/><div/></li>), running (list of jobs), <progress>,
                menu (<details class="menu"><summary class="button"><div class="panel">), form,
                side-by-side (fields in columns)

Python
    `wizard.Wizard`, `wizard.Step`: the vertical stepper; its docstring has an example, and says
    how passwords are kept (`drafts`) and how a refused run is opened again
    `tables.table_page(request, template, TableClass, rows, name=…, filter_class=…, context=…)`
    with `Table`, `NumberColumn`, `WhenColumn`, `StatusColumn`, `Filters`; the template includes
    "web/table_section.html"
    `htmx.render_page(request, page, context, fragment="page.html#part")`: one URL serves both
    `outcome.told(request, act, words)`: do it and say on the next page how it went
    `schedule_fields` (date, time and zone), `schedule` (clock changes), `times.local_times`
    `csv.csv_response`, `forms.ChoiceText` (radio button with help), `errors.DomainError`
    "web/confirm.html": the page before something is lost (title, lead, lost, action, danger,
    back_url, form); `<a data-dialog href="…">` opens it as a dialog where scripts run

Content-Security-Policy: no script and no style in markup, no `hx-on`, no trigger filters.
A region that renews itself: `data-poll hx-get="…" hx-trigger="every 5s" hx-target="this"
hx-swap="outerHTML"`; it waits while the viewer works in it or cannot see it.
"""
