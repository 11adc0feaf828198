"""The VOC monthly form as a section."""

from __future__ import annotations

from models.review.lived.rows import FormLine
from models.review.report.lived_words import PHASES
from models.review.report.tree import Cell, Paragraph, Section, Table
from models.review.report.words import Tongue


def form_section(lines: tuple[FormLine, ...], say: Tongue) -> Section:
    """One line a root cause. What the meeting decides on."""
    told = Paragraph(
        (
            say(
                "每行是一个根因：客户原话、归类、背后的需求，以及措施库建议的措施、责任和期限。这些是建议，由会议确认。"
                "反馈数可点开看记录；标“受保护”的涉及安全、法律或人身伤害，不因客户价值而后移。"
                "阶段为 DMAIC（界定、测量、分析、改进、控制）。",
                "Each line is a root cause: what a customer said, its class, the need behind it, and the action, owner and due "
                "date that the library proposes. The meeting decides. The number of contacts leads to the records. Lines "
                "marked protected touch safety, law or injury and are never ranked down by customer value. Phases are "
                "those of DMAIC.",
            ),
        ),
        lead=True,
    )
    columns = (
        say.number("序", "No.", 0.3),
        say.column("不满的声音（原话）", "Dissatisfied voice", 1.8),
        say.column("根因", "Root cause", 1.5, sub=("归类", "Class")),
        say.column("潜在需求", "Latent voice", 1.1),
        say.column("建议措施", "Proposed action", 2.0),
        say.column("责任", "Responsible", 1.0, sub=("负责人", "Owner")),
        say.column("期限", "Due", 1.15, sub=("阶段", "Phase")),
        say.number("反馈", "Contacts", 0.75),
    )
    table = Table(columns, tuple(_row(line, say) for line in lines))
    return Section("form", say("VOC 月度表", "The VOC monthly form"), (told, table))


def _row(line: FormLine, say: Tongue) -> tuple[Cell, ...]:
    missing = say("待定", "open")
    protected = say("（受保护）", " (protected)") if line.protected else ""
    return (
        say.counted(line.number),
        Cell(f"“{line.voice.text}”"),
        Cell(line.cause + protected, sub=" / ".join(line.category) or missing, strong=bool(line.protected)),
        Cell(line.latent or missing),
        Cell(line.action or missing),
        Cell(line.department or missing, sub=line.owner),
        Cell(line.due or missing, sub=say.name(PHASES, line.phase)),
        say.cell(line.transcripts),
    )
