"""From `numbering` of the site and of its products to how a product's batch numbers are made."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from batches.numbering import Numbering, problem_of, read_parts
from domain.errors import InvalidError

Doc = Mapping[str, Any]


def check_of_site(given: Any) -> Any:
    """Return the site's numbering. Raises InvalidError, with the field, for one that makes no numbers."""
    reason = check_of_product(given, None)
    if reason is not None:
        raise InvalidError(reason)
    return given


def check_of_product(given: Any, code: str | None) -> str | None:
    """Return which field of a numbering is wrong and why.

    `code` None: of whatever product; each is asked for by `without_numbers`.
    """
    if given is None:
        return None
    found = problem_of(_numbering(given.model_dump(), code or "0", None))
    return found and f"{found[0]}: {found[1]}"


def numbering_of(site: Doc | None, product: Doc) -> Numbering | None:
    """Return how a product's batch numbers are made: by its own numbering, else by the site's; None: by people.

    Documents of versions before say nothing of it. Raises InvalidError where the product's code cannot be part of one.
    """
    own = product.get("numbering")
    given = own or (site or {}).get("numbering")
    if given is None:
        return None
    found = _numbering(given, product.get("code") or product["id"], product["id"] if own else None)
    reason = problem_of(found)
    if reason is not None:
        raise InvalidError(f"batch numbers of {product['id']}: {reason[0]}: {reason[1]}")
    return found


def without_numbers(sites: Iterable[Doc], products: Iterable[tuple[int, Doc]]) -> Iterator[tuple[int, str]]:
    """Yield the products, by position, whose code cannot be part of the site's batch numbers, and why."""
    site = next(iter(sites), None)
    for position, product in products:
        if not product.get("numbering"):
            try:
                numbering_of(site, product)
            except InvalidError as error:
                yield position, str(error)


def _numbering(given: Doc, code: str, owner: str | None) -> Numbering:
    return Numbering(
        read_parts(given["format"]),
        code,
        given["facility"] or "",
        tuple(given["lines"]),
        given["start"],
        given["reset"],
        given["typed"],
        owner,
        given["format"],
    )
