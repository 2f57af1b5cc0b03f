"""Cross checks of outputs: that the device has them, and that who wants to switch one may.

What is not marked in devices.yaml can be switched by nobody: that is the point of marking.
"""

from __future__ import annotations

from agent.settings.abilities import outputs_of
from agent.settings.complaints import Where, listed, nearest
from agent.settings.draft import DEVICES, RULES, Draft


def check_outputs(draft: Draft) -> None:
    """Look at the outputs of each device, then at what the rules switch."""
    for name, device in draft.devices.items():
        can = outputs_of(device)
        for output in device.outputs:
            if output in can:
                continue
            expected = f"one of {listed(can)}" if can else f"no 'outputs': '{device.driver}' devices have none"
            where: Where = ("devices", name, "outputs", output)
            draft.say(DEVICES, where, f"there is no output '{output}'", expected, nearest(output, can), key=True)
    for name, rule in draft.rules.items():
        for at, action in enumerate(rule.switch):
            _action(draft, ("rules", name, "switch", at), action.device, action.output)


def _action(draft: Draft, path: Where, name: str, output: str) -> None:
    device = draft.devices.get(name)
    if device is None:
        if not draft.was_refused(DEVICES, ("devices", name)):
            message, expected = f"there is no device '{name}'", f"one of {listed(draft.devices)}"
            draft.say(RULES, (*path, "device"), message, expected, nearest(name, draft.devices))
        return
    marked = [one for one, settings in device.outputs.items() if "rule" in settings.by]
    if output not in marked:
        message = f"'{output}' of '{name}' may not be switched by a rule"
        can = outputs_of(device)
        expected = (
            f"outputs: {{{output}: {{by: [rule]}}}} at '{name}' in devices.yaml" if output in can else listed(can)
        )
        draft.say(
            RULES,
            (*path, "output"),
            message,
            expected or "a device with outputs",
            "" if output in can else nearest(output, marked),
        )
