"""Files of readings as loggers and spreadsheets write them, made into `sensor,measured_at,temperature,humidity`.

What is certain is found in the file itself: separator, line of the column names, unit and zone in a heading, the order
of a date that only one order can explain. What is not is asked for: a wrong guess is worse than a refusal.
"""
