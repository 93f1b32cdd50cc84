"""Named changes of a request that only security cases make."""

from __future__ import annotations

from lab.kit import Draft, Mutation, Stage


def body_changed_after_seal() -> Mutation:
    """Append one space to the body after sealing; the JSON still says the same."""

    def change(draft: Draft) -> None:
        draft.body = draft.body + b" "

    return Mutation("body-changed", Stage.AFTER_SEAL, change, "one space appended")


def target_changed_after_seal(path: str) -> Mutation:
    """Seal for another path of the same service, then send to the original address."""

    def change(draft: Draft) -> None:
        service = draft.target.split("/")[1]
        draft.target = f"/{service}/v1{path}"
        draft.set_header("ditas-target", draft.target)

    return Mutation("target-changed", Stage.BEFORE_SEAL, change, path)


def duplicate_member(name: str) -> Mutation:
    """Write one member of a signed document's outer object twice, sealed as it is."""

    def change(draft: Draft) -> None:
        text = draft.body.decode()
        draft.body = ("{" + f'"{name}":"AA",' + text.removeprefix("{")).encode()

    return Mutation("duplicate-member", Stage.BODY, change, name)
