"""Why a sensor had no value: the kinds of fault, the words that devices say for them, and how they lie in flags.

A reading without a value is a fault. What kind it is stands in its flags, above the marks of `domain.readings.Flag`,
so that it goes with the reading through journal, store and chunks. Its number never changes: it is on the disk.
"""

import re
from collections.abc import Mapping
from enum import IntEnum

from domain.language import gettext, mark

# The bits of a reading's flags that hold the kind of its fault.
SHIFT = 16
MASK = 0xFF << SHIFT


class Fault(IntEnum):
    """Why there is no value. UNKNOWN: kept before kinds were, or nobody said."""

    UNKNOWN = 0
    NO_VALUE = 1  # null, nan, ---, unavailable
    SENSOR_ERROR = 2  # Err, fail, fault
    OPEN_CIRCUIT = 3  # OL, NC, open; the number that a chip gives for a probe with no contact
    SHORT_CIRCUIT = 4  # short; the number that a converter gives for no resistance
    POWER_ON = 5  # a DS18B20 that was read before it measured: 85 °C
    NO_ANSWER = 6  # what a driver gives for a chip that does not answer: -127 °C
    ERROR_NUMBER = 7  # 999.9, -999, -9999: numbers that devices use as a word
    NOT_A_MEASUREMENT = 8  # all bits set, or the first only: 255, 327.67, 6553.5, 65535
    BELOW_RANGE = 9  # LO, UR; below what the sensor can measure
    ABOVE_RANGE = 10  # HI, OR; above what the sensor can measure
    IMPOSSIBLE = 11  # below absolute zero, infinite, or larger than anything measured here


# What each kind means, in few words; pages and messages translate them.
EXPLAINED: Mapping[Fault, str] = {
    Fault.UNKNOWN: mark("no value"),
    Fault.NO_VALUE: mark("no value"),
    Fault.SENSOR_ERROR: mark("error of the sensor"),
    Fault.OPEN_CIRCUIT: mark("open circuit"),
    Fault.SHORT_CIRCUIT: mark("short circuit"),
    Fault.POWER_ON: mark("power-on value"),
    Fault.NO_ANSWER: mark("sensor does not answer"),
    Fault.ERROR_NUMBER: mark("error number of the device"),
    Fault.NOT_A_MEASUREMENT: mark("error value: all bits set"),
    Fault.BELOW_RANGE: mark("below the measuring range"),
    Fault.ABOVE_RANGE: mark("above the measuring range"),
    Fault.IMPOSSIBLE: mark("impossible value"),
}

_WORDS = {
    Fault.NO_VALUE: "nan, null, none, nil, n/a, na, unavailable, not available, no value, no data, unknown, undefined,"
    "unset",
    Fault.SENSOR_ERROR: "fault, err, error, fail, failed, failure, invalid, bad, read error, sensor error,"
    "sensor fault, out of range",
    Fault.OPEN_CIRCUIT: "ol, o.l, o/l, nc, n.c, n/c, open, disconnected, unplugged, open circuit, not connected,"
    "no probe, no sensor, probe open, sensor open",
    Fault.SHORT_CIRCUIT: "short, shorted, short circuit, probe short, sensor short",
    Fault.BELOW_RANGE: "lo, low, ur, under, underrange, under range, below range",
    Fault.ABOVE_RANGE: "hi, high, or, over, overrange, over range, above range, overflow",
    Fault.IMPOSSIBLE: "inf, infinity",
}
# The same in other languages, and as spreadsheets and printf write it.
_ELSEWHERE = {
    Fault.NO_VALUE: "off, offline, n.a,"
    "n/d, n.d, n.v, nv, k.a, k. a, kein wert, keine daten, nicht verfügbar, ohne wert, "
    "fehlt, missing, undef, value, wert, valeur, div/0, 1.#qnan, 1.#nan, 1.#ind, nan(ind), "
    "pas de donnée, pas de données, pas de valeur, aucune donnée, non disponible, "
    "indisponible, sin datos, sin dato, sin valor, no disponible, nessun dato, nessun valore, "
    "geen data, geen waarde, niet beschikbaar, sem dados, ingen data, brak, brak danych, нет "
    "данных, нет, 欠測, 无数据, vide, leer",
    Fault.SENSOR_ERROR: "fehler, fehlerhaft, sensorfehler, fühlerfehler, defekt, gestört, störung, ungültig, "
    "erreur, défaut, defaut, panne, invalide, errore, guasto, non valido, fallo, avería, "
    "averia, inválido, fejl, fel, feil, fout, storing, erro, falha, błąd, ошибка, エラー, 故障, "
    "broken, failed sensor",
    Fault.OPEN_CIRCUIT: "kein sensor, kein fühler, fühler fehlt, fühlerbruch, fuehlerbruch, sensorbruch, "
    "leitungsbruch, drahtbruch, offen, ouvert, circuit ouvert, coupé, sonde absente, pas de "
    "sonde, abierto, circuito abierto, sin sonda, sin sensor, sonda rota, aperto, circuito "
    "aperto, sonda assente, geen sensor, kabelbreuk, break, sensor break, burnout, burn out, "
    "unconnected, absent, обрыв, 断線, 断线",
    Fault.SHORT_CIRCUIT: "kurzschluss, fühlerkurzschluss, court circuit, cortocircuito, corto circuito, corto, "
    "kortsluiting, curto circuito, zwarcie, кз, short cut",
    Fault.BELOW_RANGE: "ll, lll, llll, unterlauf, unterschreitung, messbereichsunterschreitung, trop bas, "
    "underload, underflow",
    Fault.ABOVE_RANGE: "hh, hhh, hhhh, ovl, ovf, ovld, overload, überlauf, überschreitung, messbereichsüberschreitung, "
    "trop haut, dépassement",
    Fault.IMPOSSIBLE: "1.#inf",
}
_BY_WORD = {
    word.strip(): fault for each in (_WORDS, _ELSEWHERE) for fault, words in each.items() for word in words.split(",")
}
# `---`, `-.--`, `****`, `?`: a display without a number.
_DISPLAY = re.compile(r"(?=.*[-_*?\u2013\u2014])[-_*?.\u2013\u2014 ]*|")
# What may follow the word: its unit, or the number of an error.
_UNIT = re.compile(r"(?:\s*°\s?[cfk]|\s*%\s?(?:rh)?|\s+[cfk])$")
_NUMBERED = re.compile(r"(e|err|error|fault|fehler|erreur|errore)[ :#]*\d{1,4}")
_LONGEST = 40


def fault_in(text: str) -> Fault | None:
    """Return the fault that a text says, in any case and with blanks and a unit around it; None if it says none."""
    if len(text) > _LONGEST:
        return None
    word = " ".join(text.casefold().replace("-circuit", " circuit").replace("-range", " range").split())
    word = _UNIT.sub("", word)
    if _DISPLAY.fullmatch(word):
        return Fault.NO_VALUE
    word = word.strip("#[]()<>'\"!. ").lstrip("+-")
    return Fault.SENSOR_ERROR if _NUMBERED.fullmatch(word) else _BY_WORD.get(word)


def in_flags(fault: Fault) -> int:
    """Return the bits of a reading's flags that say what kind of fault it is."""
    return fault << SHIFT


def fault_of(flags: int) -> Fault:
    """Return the kind of fault that the flags of a reading without a value say."""
    try:
        return Fault((flags & MASK) >> SHIFT)
    except ValueError:  # of a later version
        return Fault.UNKNOWN


def name_of(fault: Fault) -> str:
    """Return what it is called, in the language in use."""
    return gettext(EXPLAINED[fault])
