"""The closed catalogue of what can go wrong around the agent: a stable code, a sentence and a next step for each.

Codes are never reused and never change their meaning: people search for them. Who meets a fault names its code and the
words that fill its sentence, and nothing else; docs/faults.md is made from this file. What is wrong with one frame of
one device (`Fault` in events.py) is another thing: that is counted per device.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Severity = Literal["info", "warning", "error"]
"""info: worth knowing; warning: something is degraded and goes on; error: something does not work until mended."""


class FaultCode(msgspec.Struct, frozen=True):
    """One row: `{words}` in the sentences are filled by the one who meets the fault."""

    code: str
    name: str
    severity: Severity
    en: str
    cure_en: str
    zh: str
    cure_zh: str


_GROUPS: Final = {
    "CT1": "Settings and commands · 设置与命令",
    "CT2": "Serial lines and devices · 串口与设备",
    "CT3": "Brokers · 消息服务器",
    "CT4": "Time-series store · 时序库",
    "CT5": "Journal · 日志库",
    "CT6": "Clock · 时钟",
    "CT7": "The agent itself · 程序自身",
}

_C = FaultCode
# fmt: off
_LIST: Final = (
    _C("CT101", "settings-refused", "error",
       "The settings were not taken, complaints: {count}; the first: {detail}.",
       "Run `caretaker check -c DIR`: it lists every complaint with file, line, column and a cure.",
       "设置未被采用，问题 {count} 处；第一处：{detail}。",
       "运行 `caretaker check -c DIR`，逐条列出文件、行、列和改法。"),
    _C("CT102", "reload-refused", "warning",
       "The new settings were refused and the running ones keep running: {detail}.",
       "Mend what `caretaker check -c DIR` shows, then reload again.",
       "新设置被拒绝，继续使用原设置：{detail}。", "按 `caretaker check -c DIR` 的提示改好后再重载。"),
    _C("CT103", "command-rejected", "info",
       "The command {cmd} was rejected: {detail}", "The answer names the reason; send it again once that is mended.",
       "命令 {cmd} 被拒绝：{detail}", "按回复中的原因改正后重发。"),
    _C("CT104", "driver-missing", "error",
       "The driver cannot be used: {detail}",
       "Run `caretaker drivers`; install the driver's package or mend its name.",
       "驱动不可用：{detail}", "运行 `caretaker drivers` 查看；安装驱动包或改正名称。"),
    _C("CT105", "secret-missing", "error",
       "The secret of {part} cannot be read: {detail}.",
       "Put it where the settings name it, readable by the service alone, and reload; the rest keeps running.",
       "{part} 的密钥无法读取：{detail}。", "按设置放好文件（仅服务可读）后重载；其余部分照常运行。"),
    _C("CT201", "port-missing", "error",
       "The port {port} does not exist; under /dev/serial/by-id there is: {names}.",
       "Plug the adapter in, or write one of those names into lines.yaml.",
       "串口 {port} 不存在；/dev/serial/by-id 下有：{names}。", "插好转换器，或把上列名称之一写入 lines.yaml。"),
    _C("CT202", "port-taken", "error",
       "The port {port} is in use by another program.", "Find it with `fuser -v {port}` and stop it.",
       "串口 {port} 被其他程序占用。", "用 `fuser -v {port}` 查出并停止它。"),
    _C("CT203", "port-not-permitted", "error",
       "This user may not open the port {port}.",
       "Run `sudo usermod -aG dialout USER`, then log in again or restart the service.",
       "当前用户无权打开串口 {port}。", "运行 `sudo usermod -aG dialout 用户名`，然后重新登录或重启服务。"),
    _C("CT204", "port-unplugged", "error",
       "The port {port} went away while in use ({detail}).",
       "Check plug, cable and supply; it is taken up again by itself.",
       "串口 {port} 使用中消失（{detail}）。", "检查插头、线缆和供电；恢复后自动接续。"),
    _C("CT205", "remote-port-unreachable", "error",
       "The remote port {port} cannot be reached ({detail}).",
       "Check address, network and the serial server's supply.",
       "远程串口 {port} 连不上（{detail}）。", "检查地址、网络和串口服务器的供电。"),
    _C("CT206", "port-refuses-settings", "error",
       "The port {port} cannot be set up ({detail}).",
       "Check baud, bits, parity and stop of this line in lines.yaml.",
       "串口 {port} 无法设置（{detail}）。", "检查 lines.yaml 中该线路的波特率、数据位、校验和停止位。"),
    _C("CT207", "port-stuck", "error",
       "The port {port} takes no more bytes ({detail}).", "Check the adapter; unplug and plug it again.",
       "串口 {port} 写不进数据（{detail}）。", "检查转换器，拔下重插。"),
    _C("CT208", "echo-not-permitted", "warning",
       "This machine does not let us send ICMP echoes ({detail}).",
       "Run `sudo sysctl -w net.ipv4.ping_group_range='0 2147483647'` (systemd's default), or ask by tcp or http.",
       "本机不允许发送 ICMP 回显（{detail}）。",
       "运行 `sudo sysctl -w net.ipv4.ping_group_range='0 2147483647'`（systemd 默认如此），或改用 tcp、http 探测。"),
    _C("CT209", "port-ambiguous", "error",
       "More than one adapter answers to {port}: {names}.",
       "Write one of those names into lines.yaml, or add the serial number; cheap adapters have none.",
       "有多个转换器符合 {port}：{names}。",
       "在 lines.yaml 中写入上列名称之一，或加上序列号（廉价转换器没有序列号）。"),
    _C("CT210", "port-cannot", "info",
       "The port cannot be driven as lines.yaml says: {detail}.",
       "Take it out of the settings, or use an adapter that can.",
       "串口无法按 lines.yaml 设置驱动：{detail}。", "从设置中去掉，或换用支持的转换器。"),
    _C("CT211", "device-silent", "warning",
       "The device has not answered {count} times in a row.",
       "Check its supply, its wires A and B, and its address; it is asked less often until it answers.",
       "设备连续 {count} 次无应答。", "检查供电、A/B 线和地址；恢复前降低轮询频率。"),
    _C("CT212", "device-refuses", "warning",
       "The device answers with a refusal: {detail}.", "Its register table or model in devices.yaml may be wrong.",
       "设备应答拒绝：{detail}。", "检查 devices.yaml 中的型号或寄存器表。"),
    _C("CT213", "line-noisy", "warning",
       "{count} frames in a row were damaged ({detail}).", "Check cable, shield, termination, baud and parity.",
       "连续 {count} 帧损坏（{detail}）。", "检查线缆、屏蔽、终端电阻、波特率和校验。"),
    _C("CT214", "stranger", "info",
       "A device of {ecosystem} that the settings do not name is talking.",
       "Bind it in devices.yaml by this id, or remove it from the network.",
       "{ecosystem} 中有未登记的设备在发送数据。", "在 devices.yaml 中用该标识登记，或将其移出网络。"),
    _C("CT215", "line-deaf", "warning",
       "Nothing sound came in {count} polls of this line; it was mended by: {detail}.",
       "If it lasts: check the adapter, its supply, and whether anything on the bus is powered.",
       "该线路连续 {count} 次轮询没有有效应答；已尝试：{detail}。",
       "若持续：检查转换器及其供电，以及总线设备是否上电。"),
    _C("CT301", "broker-unreachable", "error",
       "The broker {host}:{port} cannot be reached ({detail}).",
       "Check host, port and network; it is tried again by itself.",
       "消息服务器 {host}:{port} 连不上（{detail}）。", "检查地址、端口和网络；会自动重试。"),
    _C("CT302", "broker-refuses-password", "error",
       "The broker {host}:{port} refuses user or password of {user}.",
       "Mend `user` and `password_file` in the settings, or the broker's password file.",
       "消息服务器 {host}:{port} 拒绝用户 {user} 的账号或密码。",
       "改正设置中的 `user` 和 `password_file`，或服务器的密码文件。"),
    _C("CT303", "broker-not-authorised", "error",
       "The broker {host}:{port} does not let {user} in (not authorised).",
       "Check `user` and `password_file` in the settings, and let this user and client id in at the broker.",
       "消息服务器 {host}:{port} 不允许 {user} 接入（未授权）。",
       "检查设置中的 `user` 和 `password_file`，并在服务器上授权该用户和客户端标识。"),
    _C("CT304", "broker-tls", "error",
       "The encrypted connection to the broker {host}:{port} failed ({detail}).",
       "Check `ca_file`, the name in the broker's certificate, and this machine's date.",
       "与消息服务器 {host}:{port} 的加密连接失败（{detail}）。", "检查 `ca_file`、证书中的名称和本机日期。"),
    _C("CT305", "topic-not-authorised", "error",
       "The broker does not let us use the topic {topic} ({detail}).",
       "Add it to the broker's access list for this user.",
       "消息服务器不允许使用主题 {topic}（{detail}）。", "在服务器的访问列表中为该用户加上此主题。"),
    _C("CT306", "broker-old-protocol", "info",
       "The broker {host}:{port} does not speak MQTT 5; 3.1.1 is used, which has no reason codes.",
       "Nothing needs doing; mosquitto 2 or later speaks MQTT 5.",
       "消息服务器 {host}:{port} 不支持 MQTT 5，改用 3.1.1（无原因码）。", "无需处理；mosquitto 2 以上支持 MQTT 5。"),
    _C("CT307", "broker-deaf", "warning",
       "The broker {host}:{port} stopped answering on an open connection.", "It is connected again by itself.",
       "消息服务器 {host}:{port} 连接还在但不再应答。", "会自动重连。"),
    _C("CT308", "broker-closed", "warning",
       "The broker {host}:{port} closed the connection ({detail}).",
       "It is connected again by itself; if it repeats, another client uses our id, or that port is no MQTT broker.",
       "消息服务器 {host}:{port} 关闭了连接（{detail}）。",
       "会自动重连；若反复出现，说明另有客户端用了相同标识，或该端口不是 MQTT 服务器。"),
    _C("CT309", "client-id-taken", "error",
       "Another client connects to {host}:{port} with our client id {client}.",
       "Give each node its own `node` in site.yaml.",
       "另有客户端用我们的标识 {client} 接入 {host}:{port}。", "为每个节点在 site.yaml 中设不同的 `node`。"),
    _C("CT310", "broker-refuses-message", "error",
       "The broker refuses a message on {topic} ({detail}).", "Check its quotas and limits; the message is kept.",
       "消息服务器拒收主题 {topic} 的消息（{detail}）。", "检查服务器的配额和限制；消息已保留。"),
    _C("CT311", "nobody-listens", "warning",
       "Nobody is subscribed to {topic}, so nothing counts as delivered.",
       "Start or mend the central system's recorder.",
       "没有人订阅 {topic}，不算送达。", "启动或修复中心系统的接收端。"),
    _C("CT401", "store-unreachable", "error",
       "The store {url} cannot be reached ({detail}).",
       "Check address, network and server; rows are kept and follow later.",
       "时序库 {url} 连不上（{detail}）。", "检查地址、网络和服务器；数据已保留，稍后补送。"),
    _C("CT402", "store-unauthorised", "error",
       "The store {url} refuses the token ({status}).",
       "Put a token that may write to the bucket into `token_file`; rows are kept and follow later.",
       "时序库 {url} 拒绝令牌（{status}）。", "在 `token_file` 中放入有写权限的令牌；数据已保留，稍后补送。"),
    _C("CT403", "store-no-bucket", "error",
       "The store {url} knows no bucket {bucket} of {org} (404).",
       "Create it, or mend `bucket`, `org` or `url`; rows are kept and follow later.",
       "时序库 {url} 中没有 {org} 的 {bucket}（404）。",
       "创建它，或改正 `bucket`、`org` 或 `url`；数据已保留，稍后补送。"),
    _C("CT404", "store-refuses-rows", "error",
       "The store {url} refuses rows ({status}): {detail}.",
       "The refused rows stay in the journal and are counted; report the words.",
       "时序库 {url} 拒收数据行（{status}）：{detail}。", "被拒数据留在日志库中并计数；请上报原文。"),
    _C("CT405", "store-busy", "warning",
       "The store {url} asks for a pause ({status}).",
       "Nothing needs doing unless it lasts: then give the server more room.",
       "时序库 {url} 要求暂缓（{status}）。", "无需处理；若持续，请给服务器扩容。"),
    _C("CT501", "disk-full", "error",
       "The disk of the journal {path} is full.", "Free space; alarms go out marked as not durable until then.",
       "日志库 {path} 所在磁盘已满。", "清理空间；此前告警标记为未落盘发出。"),
    _C("CT502", "disk-read-only", "error",
       "The disk of the journal {path} is read-only ({detail}).", "The SD card is probably failing: replace it soon.",
       "日志库 {path} 所在磁盘只读（{detail}）。", "SD 卡可能损坏，请尽快更换。"),
    _C("CT503", "journal-corrupt", "error",
       "The journal {path} is damaged: {detail}.",
       "It was set aside as {aside}; keep that file and look at the SD card.",
       "日志库 {path} 损坏：{detail}。", "已另存为 {aside}；保留该文件并检查 SD 卡。"),
    _C("CT504", "journal-newer", "error",
       "The journal {path} was written by a newer version ({found}, ours is {ours}).",
       "Install that version again; the file was not touched.",
       "日志库 {path} 由更新的版本写成（{found}，本版为 {ours}）。", "重新安装该版本；文件未被改动。"),
    _C("CT505", "readings-thinned", "warning",
       "Readings were thinned under pressure: {count} dropped. Alarms and feedback are all kept.",
       "Mend the uplink, or give the journal more room.",
       "压力下精简读数：丢弃 {count} 条。告警和反馈全部保留。", "修复上行链路，或扩大日志库空间。"),
    _C("CT507", "recovery-mismatch", "error",
       "After the restart the journal's alarms differ from those computed anew: {detail}.",
       "The journal's were kept; please report this with the journal.",
       "重启后日志中的告警与重算结果不一致：{detail}。", "以日志为准；请附日志库上报。"),
    _C("CT601", "clock-untrusted", "warning",
       "The wall clock cannot be trusted yet ({detail}).",
       "Connect a time server or a real-time clock; rules keep running.",
       "系统时间尚不可信（{detail}）。", "接入时间服务器或实时时钟；规则照常运行。"),
    _C("CT602", "clock-stepped", "info",
       "The wall clock was corrected by {detail}.",
       "Nothing needs doing: earlier records are shown with the right time.",
       "系统时间被校正 {detail}。", "无需处理：此前的记录按正确时间显示。"),
    _C("CT701", "part-died", "error",
       "The part {part} ended with an error and is started again: {detail}.",
       "Please report it with the log of this time.",
       "部件 {part} 出错退出，正在重启：{detail}。", "请附当时的日志上报。"),
)
# fmt: on

FAULTS: Final[dict[str, FaultCode]] = {row.code: row for row in _LIST}


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def sentence(code: str, **words: str) -> str:
    """Give the English sentence and next step of a code; a word that nobody gave shows as "?"."""
    row, filled = FAULTS[code], _Words(words)
    return f"{row.en.format_map(filled)} {row.cure_en.format_map(filled)}"


def sentence_zh(code: str, **words: str) -> str:
    """Give the Chinese sentence and next step of a code."""
    row, filled = FAULTS[code], _Words(words)
    return f"{row.zh.format_map(filled)}{row.cure_zh.format_map(filled)}"


def as_markdown() -> str:
    """Give docs/faults.md."""
    out = [
        "# Faults · 故障代码", "",
        "Made from `agent/model/faults.py`; do not edit. `caretaker status` shows which are active, since when and how",
        "often: a repeat raises the count and writes no further log line. `{words}` are filled in when it happens.",
    ]  # fmt: skip
    for prefix, title in _GROUPS.items():
        out += ["", f"## {title}", "", "| code | | what | what to do |", "|---|---|---|---|"]
        for row in (row for row in _LIST if row.code.startswith(prefix)):
            head = f"| <a id='{row.code.lower()}'></a>{row.code} `{row.name}` | {row.severity} "
            out.append(f"{head}| {row.en}<br>{row.zh} | {row.cure_en}<br>{row.cure_zh} |")
    return "\n".join(out) + "\n"
