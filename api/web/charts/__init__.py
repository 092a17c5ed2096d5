"""Charts of conditions: what was measured where something stood, with limits, gaps and what happened.

`gather` finds out what one person may see, `measure` asks the store and lays it out in `columns`; `model` is the
result. `answer` writes it for the script (static/chart.js), `as_svg` draws it without any, `rows` says it in rows.
"""
