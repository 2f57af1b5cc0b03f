"""What the doctor's findings mean, and what a technician does next, in plain words, Chinese and English."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Finding = Literal["well", "unsteady", "refuses", "checksum", "echo", "other-setting", "noise", "nothing"]


class Cure(NamedTuple):
    """What it means and the next step, in English and Chinese."""

    en: str
    next_en: str
    zh: str
    next_zh: str


CURES: Final[dict[Finding, Cure]] = {
    "well": Cure("it answers", "nothing needs doing", "应答正常", "无需处理"),
    "unsteady": Cure(
        "it answers, but not always",
        "check its supply and plugs; on a long bus lower the speed or ask less often",
        "时而应答，时而不应答",
        "检查供电和接头；总线较长时降低波特率或轮询频率",
    ),
    "refuses": Cure(
        "it answers, and refuses what it is asked",
        "check driver, model or register table in devices.yaml",
        "有应答，但拒绝请求",
        "检查 devices.yaml 中的驱动、型号或寄存器表",
    ),
    "checksum": Cure(
        "something answers, but frames are damaged",
        "look for a missing 120-ohm resistor, a long unshielded cable, two devices of one address, a second master",
        "有应答，但帧已损坏",
        "检查 120 欧终端电阻、线缆长度和屏蔽、地址重复、是否有第二个主站",
    ),
    "echo": Cure(
        "only our own words come back",
        "the adapter echoes and nobody answers: check supply, wires A and B, and the address",
        "只收到自己发出的内容",
        "转换器有回显而设备无应答：检查供电、A/B 线和地址",
    ),
    "other-setting": Cure(
        "it answers at another speed or parity",
        "set the line in lines.yaml, or the device, so that they agree",
        "在另一波特率或校验下应答",
        "使 lines.yaml 中的线路设置与设备一致",
    ),
    "noise": Cure(
        "bytes come that are no answer",
        "check speed and parity, swap A and B, and look for a device that talks by itself",
        "收到的字节不是应答",
        "检查波特率和校验，对调 A/B 线，查找自行发送数据的设备",
    ),
    "nothing": Cure(
        "not one byte comes back",
        "check its supply, the wires A and B, its address, and the adapter",
        "没有收到任何字节",
        "检查供电、A/B 线、地址和转换器",
    ),
}
