"""The page of a batch: `read` gathers what one person may see, the other modules say it. Pure but `read`.

`answer` are the sentences at the top; `tables` what happened in rows; `timeline` what was
done when; `rules` why.
"""
