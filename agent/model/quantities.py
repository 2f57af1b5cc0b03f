"""The closed list of quantities: each has one unit, believable bounds, and a kind. Nothing else is a reading.

Names and units follow the normalisation table of the MQTT sample index; further quantities are added here, with a
reason, and nowhere else. Bounds are those of the physical world and of common instruments, not alarm limits: a value
outside is `insane` and is not published. Also here: the closed list of event kinds.
"""

from __future__ import annotations

import math
from typing import Final, Literal

import msgspec

from agent.model.plant import PLANT, PLANT_STATES

Kind = Literal["measure", "total", "state", "text"]
"""measure: goes up and down; total: only rises until the device resets; state: true/false; text: a word."""


class Quantity(msgspec.Struct, frozen=True):
    """Name, unit ("" for none), lowest and highest believable value, kind, and what it says in Chinese."""

    name: str
    unit: str
    low: float
    high: float
    kind: Kind = "measure"
    zh: str = ""

    def accepts(self, value: object) -> bool:
        """Tell whether `value` is of this kind and within the bounds (NaN and infinities never are)."""
        if self.kind == "state":
            return isinstance(value, bool)
        if self.kind == "text":
            return isinstance(value, str)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return math.isfinite(value) and self.low <= value <= self.high


def _state(name: str, zh: str) -> Quantity:
    return Quantity(name, "", 0, 1, "state", zh)


def _states(**names: str) -> list[Quantity]:
    return [_state(name, zh) for name, zh in names.items()]


def _texts(**names: str) -> list[Quantity]:
    return [Quantity(name, "", 0, 0, "text", zh) for name, zh in names.items()]


_BIG: Final = 1e15

_LIST: Final = (
    # climate and air
    Quantity("temperature", "degC", -60, 1250, zh="温度"),
    Quantity("device_temperature", "degC", -60, 200, zh="设备温度"),
    Quantity("humidity", "%RH", 0, 100, zh="湿度"),
    Quantity("pressure", "hPa", 300, 1200, zh="气压"),
    Quantity("co2", "ppm", 0, 50_000, zh="二氧化碳"),
    Quantity("tvoc", "ppb", 0, 65_000, zh="总挥发物"),
    Quantity("tvoc_iaq", "level", 0, 500, zh="挥发物等级"),
    Quantity("voc_grade", "level", 0, 3, zh="挥发物级别"),
    Quantity("voc_index", "index", 0, 500, zh="挥发物指数"),
    Quantity("pm1", "ug/m3", 0, 5000, zh="PM1"),
    Quantity("pm2_5", "ug/m3", 0, 5000, zh="PM2.5"),
    Quantity("pm10", "ug/m3", 0, 10_000, zh="PM10"),
    Quantity("pm100", "ug/m3", 0, 65_535, zh="PM100"),
    Quantity("particle_count", "1/0.1L", 0, 65_535, zh="颗粒数"),
    Quantity("hcho", "mg/m3", 0, 100, zh="甲醛"),
    Quantity("nh3", "ppm", 0, 1000, zh="氨"),
    Quantity("h2s", "ppm", 0, 1000, zh="硫化氢"),
    Quantity("co", "ppm", 0, 10_000, zh="一氧化碳"),
    Quantity("o2", "%VOL", 0, 100, zh="氧"),
    Quantity("o3", "ppm", 0, 1000, zh="臭氧"),
    Quantity("no2", "ppm", 0, 1000, zh="二氧化氮"),
    Quantity("so2", "ppm", 0, 1000, zh="二氧化硫"),
    Quantity("h2", "ppm", 0, 50_000, zh="氢"),
    Quantity("hcl", "ppm", 0, 1000, zh="氯化氢"),
    Quantity("cl2", "ppm", 0, 1000, zh="氯"),
    Quantity("hf", "ppm", 0, 1000, zh="氟化氢"),
    Quantity("ph3", "ppm", 0, 2000, zh="磷化氢"),
    Quantity("sound_laf", "dBA", 0, 160, zh="声级"),
    Quantity("sound_laeq", "dBA", 0, 160, zh="等效声级"),
    Quantity("sound_lafmax", "dBA", 0, 160, zh="最大声级"),
    Quantity("illuminance", "lx", 0, 250_000, zh="照度"),
    Quantity("luminosity", "", 0, _BIG, zh="亮度"),
    _state("daylight", "有日光"),
    # weather
    Quantity("wind_speed", "m/s", 0, 100, zh="风速"),
    Quantity("wind_force", "level", 0, 18, zh="风力"),
    Quantity("wind_sector", "", 0, 7, zh="风向八方位"),
    Quantity("wind_direction", "deg", 0, 360, zh="风向"),
    Quantity("rainfall", "mm", 0, 10_000, zh="雨量"),
    Quantity("solar_radiation", "W/m2", 0, 4000, zh="太阳辐射"),
    Quantity("heading", "deg", 0, 360, zh="电子罗盘"),
    # length, level, movement
    Quantity("distance", "mm", 0, 100_000, zh="距离"),
    Quantity("fill_level", "%", 0, 100, zh="满溢率"),
    Quantity("remaining", "%", 0, 100, zh="余量"),
    Quantity("level", "mm", -1000, 100_000, zh="液位"),
    Quantity("liquid_pressure", "kPa", -100, 100_000, zh="液压"),
    _state("liquid_present", "有液体"),
    Quantity("tilt_angle", "deg", -360, 360, zh="倾角"),
    Quantity("acceleration", "g", -400, 400, zh="加速度"),
    Quantity("vibration_velocity", "mm/s", -1000, 1000, zh="振动速度"),
    Quantity("vibration_displacement", "um", -40_000, 40_000, zh="振动位移"),
    Quantity("vibration_frequency", "Hz", 0, 20_000, zh="振动频率"),
    Quantity("vibration_strength", "", 0, 65_535, zh="振动强度"),
    Quantity("target_energy", "%", 0, 100, zh="目标能量"),
    Quantity("target_x", "mm", -6000, 6000, zh="目标横向位置"),
    Quantity("target_y", "mm", 0, 8000, zh="目标纵向位置"),
    Quantity("target_speed", "cm/s", -2000, 2000, zh="目标速度"),
    Quantity("echo_strength", "", 0, 65_535, zh="回波强度"),
    *_states(tilt="倾斜", vibration="振动"),
    # where a mobile device is (GNSS)
    Quantity("latitude", "deg", -90, 90, zh="纬度"),
    Quantity("longitude", "deg", -180, 180, zh="经度"),
    Quantity("altitude", "m", -500, 9000, zh="海拔"),
    Quantity("speed", "km/h", 0, 500, zh="速度"),
    Quantity("course", "deg", 0, 360, zh="航向"),
    Quantity("satellites", "count", 0, 200, zh="卫星数"),
    Quantity("hdop", "", 0, 100, zh="水平精度因子"),
    Quantity("fix_quality", "", 0, 8, zh="定位等级"),
    _state("position_fix", "已定位"),
    # electricity
    Quantity("voltage", "V", 0, 50_000, zh="电压"),
    Quantity("current", "A", -50_000, 50_000, zh="电流"),
    Quantity("power", "W", -10_000_000, 10_000_000, zh="有功功率"),
    Quantity("apparent_power", "VA", -10_000_000, 10_000_000, zh="视在功率"),
    Quantity("reactive_power", "var", -10_000_000, 10_000_000, zh="无功功率"),
    Quantity("power_factor", "", -1, 1, zh="功率因数"),
    Quantity("frequency", "Hz", 0, 1000, zh="频率"),
    Quantity("energy_total", "Wh", 0, _BIG, "total", "电能"),
    Quantity("energy_export_total", "Wh", 0, _BIG, "total", "反向电能"),
    Quantity("reactive_energy_total", "varh", 0, _BIG, "total", "无功电能"),
    Quantity("reactive_energy_export_total", "varh", 0, _BIG, "total", "反向无功电能"),
    _state("power_alarm", "功率报警"),
    *_states(overvoltage="过压报警", undervoltage="欠压报警"),
    # drives of pumps and fans
    *_texts(run_state="运行状态", rotation="转向", control_source="控制来源", frequency_source="频率来源"),
    *_states(running="运行", bus_ready="母线就绪", overload="过载预警", jogging="点动", parameters_locked="参数锁定"),
    Quantity("output_frequency", "Hz", 0, 1000, zh="输出频率"),
    Quantity("set_frequency", "Hz", 0, 1000, zh="给定频率"),
    Quantity("bus_voltage", "V", 0, 2000, zh="母线电压"),
    Quantity("output_voltage", "V", 0, 2000, zh="输出电压"),
    Quantity("rotation_speed", "rpm", 0, 65_535, zh="转速"),
    *(Quantity(*row[:4], zh=row[4]) for row in PLANT),
    *_states(**PLANT_STATES),
    # doors, people, water, fire
    *_states(door_open="门开", motion="有人移动", presence="有人", occupancy="占用", water_leak="漏水"),
    *_states(cable_break="感应绳断线", contamination="感应绳污染", alarm_summary="总报警"),
    Quantity("leak_distance", "m", 0, 100_000, zh="漏水位置"),
    Quantity("cable_length", "m", 0, 100_000, zh="感应绳长度"),
    Quantity("leak_current", "uA", 0, 65_535, zh="漏水电流"),
    Quantity("loop_resistance", "ohm", 0, 65_535, zh="回路电阻"),
    *_states(smoke="烟雾", gas_alarm="燃气报警", tamper="被拆", valve_open="阀开"),
    Quantity("people_count", "count", 0, 100_000, zh="人数"),
    Quantity("people_count_max", "count", 0, 100_000, zh="最多人数"),
    Quantity("people_in_total", "count", 0, _BIG, "total", "累计进"),
    Quantity("people_out_total", "count", 0, _BIG, "total", "累计出"),
    Quantity("people_in_period", "count", 0, 100_000, zh="时段进"),
    Quantity("people_out_period", "count", 0, 100_000, zh="时段出"),
    Quantity("open_count", "count", 0, _BIG, "total", "开门次数"),
    Quantity("leak_count", "count", 0, _BIG, "total", "漏水次数"),
    Quantity("movement_count", "count", 0, _BIG, "total", "移动次数"),
    Quantity("last_open_duration", "s", 0, _BIG, zh="上次开门时长"),
    Quantity("last_leak_duration", "s", 0, _BIG, zh="上次漏水时长"),
    # inputs and outputs
    *(_state(f"relay_{n}", f"继电器{n}") for n in range(33)),
    *_states(lamp_red="红灯", lamp_yellow="黄灯", lamp_green="绿灯", buzzer="蜂鸣器"),
    *(_state(f"switch_{n}", f"开关{n}") for n in range(1, 9)),
    *(_state(f"input_{n}", f"输入{n}") for n in range(33)),
    Quantity("press_count", "count", 0, _BIG, "total", "按键次数"),
    Quantity("edge_count", "count", 0, _BIG, "total", "跳变次数"),
    # the device about itself
    Quantity("battery", "%", 0, 100, zh="电量"),
    Quantity("battery_voltage", "V", 0, 60, zh="电池电压"),
    _state("battery_low", "电量低"),
    Quantity("rssi", "dBm", -200, 30, zh="信号"),
    Quantity("tx_power", "dBm", -100, 60, zh="发射功率"),
    Quantity("snr", "dB", -50, 50, zh="信噪比"),
    Quantity("link_margin", "dB", -50, 100, zh="链路余量"),
    _state("reachable", "网络可达"),
    Quantity("round_trip", "ms", 0, 60_000, zh="往返时间"),
    Quantity("linkquality", "lqi", 0, 255, zh="链路质量"),
    Quantity("uptime", "s", 0, _BIG, "total", "运行时间"),
    Quantity("pending_events", "count", 0, 65_535, zh="待发事件"),
    Quantity("bad_frames", "count", 0, _BIG, "total", "坏帧数"),
    *_texts(serial_number="序列号", model="型号", fault_text="故障"),
    _state("device_fault", "设备故障"),
    Quantity("fault_code", "", 0, 65_535, zh="故障码"),
    Quantity("warning_code", "", 0, 65_535, zh="警告码"),
    Quantity("raw_value", "", -_BIG, _BIG, zh="原始值"),
    Quantity("text", "", 0, 0, "text", "文本"),
)

QUANTITIES: Final[dict[str, Quantity]] = {quantity.name: quantity for quantity in _LIST}

EVENT_KINDS: Final[dict[str, str]] = {
    # kind -> category of `event/<category>`; a device's service in the settings may overrule "system"
    "button": "feedback",
    "rating": "feedback",
    "voice": "feedback",
    "clip_ready": "feedback",
    "card": "security",
    "code": "security",
    "unlock": "security",
    "presence_event": "security",
    "vibration_event": "maintenance",
    "switch": "system",
    "rf_code": "system",
    "tamper": "security",
    "mains": "maintenance",
    "key_stuck": "system",
    "events_lost": "system",
    "device_alarm": "system",
    "clock": "system",
    "sensor_status": "system",
    "output": "system",
    "maintenance": "system",
    "counter": "system",
    "sensor_fault": "system",
    "device_joined": "system",
    "device_left": "system",
    "gateway_log": "system",
    "self_test": "system",
    "reboot": "system",
    "identity_conflict": "system",
    "wake": "system",
    "prompt_result": "system",
}

BUTTON_VALUES: Final = (
    "single", "double", "triple", "quad", "penta", "long", "short_long", "release", "press", "emergency",
)  # fmt: skip


def unit_of(quantity: str) -> str:
    """Give the unit of a quantity, "" for states and unknown names."""
    found = QUANTITIES.get(quantity)
    return found.unit if found else ""


def believable(quantity: str, value: object) -> bool:
    """Tell whether a driver may publish this value: known quantity, right kind, within its bounds."""
    found = QUANTITIES.get(quantity)
    return found is not None and found.accepts(value)
