"""What can go wrong, each with the exit code of a command that stops for it."""


class SimulatorError(Exception):
    """An expected error; the message is one sentence, or one a line."""

    exit_code = 1


class InputError(SimulatorError):
    """Wrong use or wrong input."""

    exit_code = 2


class BrokerError(SimulatorError):
    """The broker does not take what is sent."""


class ProductError(SimulatorError):
    """The program under demonstration does not start or does not answer."""


class UnavailableError(ProductError):
    """It does not answer now; trying again later is right."""
