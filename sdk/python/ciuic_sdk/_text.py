"""What a person reads, in English and 简体中文. The English sentence is the key."""

from __future__ import annotations

import os
from typing import Dict

_CHINESE: Dict[str, str] = {
    "epochcost: metering project {project} as run {run}": "epochcost：正在计量项目 {project}，运行 {run}",
    "epochcost: {epochs} epochs cost {run_total}; project {project} so far: {total}. Details: epochcost show {run}":
        "epochcost：{epochs} 轮花费 {run_total}；项目 {project} 累计 {total}。明细：epochcost show {run}",
    "metering is degraded from here on, the training is not affected: {fault}":
        "计量自此降级，训练不受影响：{fault}",
    "the callback {name} failed and is not called again: {fault}": "回调 {name} 出错，不再调用：{fault}",
    "no epochcost program was found: only the epochs are recorded, in {place}. Install it, or set EPOCHCOST_BIN":
        "未找到 epochcost 程序：只记录轮次，位于 {place}。请安装，或设置 EPOCHCOST_BIN",
    "the meter did not start ({why}): only the epochs are recorded, in {place}":
        "计量程序未能启动（{why}）：只记录轮次，位于 {place}",
    "marks cannot be written to {place} ({why}): epochs are not recorded":
        "无法把标记写入 {place}（{why}）：不记录轮次",
    "the mark file is full: later epochs are not told apart, their cost is still counted":
        "标记文件已满：之后的轮次不再区分，费用仍会计入",
    "budget {value!r} is ignored: {why}. Write a positive number, such as budget=5000":
        "忽略预算 {value!r}：{why}。请写正数，例如 budget=5000",
    "alert_threshold {value!r} is ignored, 0.8 is used: write a share of the budget, such as 0.8":
        "忽略 alert_threshold {value!r}，使用 0.8：请写预算的比例，例如 0.8",
    "currency {value!r} is unknown, CNY is used: write one of {known}":
        "未知货币 {value!r}，使用 CNY：请写 {known} 之一",
    "project_id {value!r} cannot be a name ({why}): {name!r} is used":
        "project_id {value!r} 不能作名称（{why}）：使用 {name!r}",
    "planned_epochs {value!r} is ignored: write a positive whole number":
        "忽略 planned_epochs {value!r}：请写正整数",
    "on_budget {value!r} is ignored: write \"warn\", \"stop\" or a function":
        "忽略 on_budget {value!r}：请写 \"warn\"、\"stop\" 或函数",
    "samples {kind} is not a whole number and is not counted: write step(samples=len(batch))":
        "samples 的类型 {kind} 不是整数，不计入：请写 step(samples=len(batch))",
    "metric {name} is not a finite number ({kind}) and is not recorded":
        "指标 {name} 不是有限的数（{kind}），不记录",
    "stop_on_plateau({metric!r}) is ignored: mode is \"min\" or \"max\", chance lies between 0 and 1":
        "忽略 stop_on_plateau({metric!r})：mode 为 \"min\" 或 \"max\"，chance 介于 0 和 1 之间",
    "phase {name!r} is unknown, its time stays where it was: write setup, eval, checkpoint or idle":
        "未知阶段 {name!r}，时间仍归原处：请写 setup、eval、checkpoint 或 idle",
    "this process is metered as project {first}; {second} is counted in it":
        "本进程按项目 {first} 计量；{second} 计入其中",
    "prices are in {prices}, the budget in {budget}: the budget is not watched here":
        "价格以 {prices} 计，预算以 {budget} 计：此处不监视预算",
    "project {project} has spent {cost}, {percent} % of its budget {budget}":
        "项目 {project} 已花费 {cost}，为预算 {budget} 的 {percent} %",
}


def _is_chinese() -> bool:
    for name in ("EPOCHCOST_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return value.lower().startswith("zh")
    return False


def say(english: str, **values: object) -> str:
    """The sentence in the language of the locale, filled in."""
    sentence = _CHINESE.get(english, english) if _is_chinese() else english
    return sentence.format(**values)
