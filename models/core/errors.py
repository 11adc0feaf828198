"""Every error of the project, in one tree.

    VocError
    ├── InputError              what was sent cannot be used
    │   ├── TextError           one text: empty, too long, not text
    │   ├── RowError            one row of a file
    │   ├── FileFormatError     a whole file cannot be read
    │   ├── ColumnError         a mapped column is not there
    │   ├── FieldError          one field of a request or row has a wrong value
    │   ├── MonthError          not a month such as 2024-03
    │   ├── PackError           a sector pack (taxonomy, dictionary, rules) is wrong
    │   └── CursorError         a paging cursor that this service did not give out
    ├── LimitError              larger or faster than the limits allow
    ├── NotFoundError           no such record
    ├── ConflictError           the same id with other content
    │   ├── IdempotencyError    the same Idempotency-Key with another body
    │   └── EditConflictError   an edit that the present state does not allow
    ├── ReleaseError            the release gate refused a model
    ├── AccessError             no key, or a key that may not do this
    │   └── ScopeError
    ├── ArtifactError           a model folder that is missing, foreign or changed
    ├── StorageError            database locked or disk full: nothing was stored
    ├── JobError                a job failed or cannot be started
    ├── DeliveryError           a mail server or a webhook did not take a review
    └── SetupError              the installation is incomplete
        ├── MissingExtraError   an optional dependency is not installed
        └── SystemLibraryError  a library or font of the operating system is not installed

Each class has a stable ``code`` and two message templates, Chinese for end users and English. The values
in a message stay on the error as attributes. A message says what to do next. HTTP status lives only in
``service/errors.py``.
"""

from __future__ import annotations

from typing import Any, ClassVar


class VocError(Exception):
    """Root of the tree. ``values`` fill the templates and become attributes."""

    code: ClassVar[str] = "error"
    zh: ClassVar[str] = "{detail}"
    en: ClassVar[str] = "{detail}"

    def __init__(self, **values: Any) -> None:
        self.values = values
        for name, value in values.items():
            setattr(self, name, value)
        super().__init__(self.message("en"))

    def message(self, language: str = "zh") -> str:
        """The message for an end user, ``language`` being ``zh`` or ``en``."""
        template = self.en if language.startswith("en") else self.zh
        return template.format_map(_Missing(self.values))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.values)


class _Missing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def _rebuild(kind: type[VocError], values: dict[str, Any]) -> VocError:
    return kind(**values)


class InputError(VocError):
    code = "input_invalid"
    zh = "输入有误：{reason}"
    en = "The input cannot be used: {reason_en}"


class TextError(InputError):
    """``reason`` (Chinese) and ``reason_en`` say what is wrong with the text."""

    code = "text_invalid"
    zh = "文本无法使用：{reason}"
    en = "The text cannot be used: {reason_en}"


class RowError(InputError):
    """``line`` is the 1-based line of the file, the header being line 1."""

    code = "row_invalid"
    zh = "第 {line} 行：{reason}"
    en = "Line {line}: {reason_en}"


class FileFormatError(InputError):
    code = "file_unreadable"
    zh = "文件 {path} 无法读取：{reason}"
    en = "File {path} cannot be read: {reason_en}"


class ColumnError(InputError):
    code = "column_missing"
    zh = "找不到列「{column}」。文件里的列：{columns}。请用 --map 字段=列名 指定。"
    en = "There is no column {column!r}. The file has: {columns}. Name it with --map FIELD=COLUMN."


class FieldError(InputError):
    code = "field_invalid"
    zh = "字段 {field}：{reason}"
    en = "Field {field}: {reason_en}"


class MonthError(InputError):
    code = "month_invalid"
    zh = "「{month}」不是月份，请写成 2024-03 这样的形式。"
    en = "{month!r} is not a month; write it as 2024-03."


class PackError(InputError):
    code = "pack_invalid"
    zh = "行业包 {pack}：{reason}"
    en = "Sector pack {pack}: {reason_en}"


class CursorError(InputError):
    code = "cursor_invalid"
    zh = "分页游标无效，请去掉 cursor 参数从头查询。"
    en = "The cursor is not valid here; leave it out to start from the beginning."


class LimitError(VocError):
    code = "limit_exceeded"
    zh = "{what}超过上限：{actual}，最多 {limit}。请拆分后再发。"
    en = "The {what_en} is over the limit: {actual}, at most {limit}. Split it and send again."


class NotFoundError(VocError):
    code = "not_found"
    zh = "没有找到{what}「{key}」。"
    en = "There is no {what_en} {key!r}."


class ConflictError(VocError):
    code = "content_conflict"
    zh = "编号「{external_id}」已存在，但内容不同；原记录未改动。如确为新记录，请换一个编号；如需更正，请先删除原记录。"
    en = (
        "{external_id!r} is stored already with other content; the stored one was not touched. "
        "Use another id for a new transcript, or delete the old one first."
    )


class IdempotencyError(ConflictError):
    code = "idempotency_conflict"
    zh = "Idempotency-Key「{key}」已用于另一个请求，请换一个新的键。"
    en = "Idempotency-Key {key!r} was used for another request; send a new key."


class EditConflictError(ConflictError):
    """``what`` and ``key`` name the thing, ``reason`` says in what way it stands against the edit."""

    code = "edit_conflict"
    zh = "无法修改{what}「{key}」：{reason}。"
    en = "The {what_en} {key!r} cannot be changed so: it {reason_en}."


class ReleaseError(VocError):
    """``report`` is what the gate found, JSON-safe."""

    code = "release_refused"
    zh = "模型 {name} 未通过发布检查：{reason}。使用中的版本未变；确要使用，请加 force 并写明 why。"
    en = (
        "Model {name} did not pass the release gate: {reason_en} What is in use stays; "
        "to use it all the same, send force and say why."
    )


class AccessError(VocError):
    code = "unauthorized"
    zh = "缺少有效的密钥。请在请求头加上 Authorization: Bearer <key>，密钥用 voc keys create 生成。"
    en = "No valid key. Send Authorization: Bearer <key>; make one with voc keys create."


class ScopeError(AccessError):
    code = "forbidden"
    zh = "此密钥没有「{scope}」权限。"
    en = "This key lacks the scope {scope!r}."


class ArtifactError(VocError):
    code = "artifact_invalid"
    zh = "模型 {name} 不可用：{reason}"
    en = "Model {name} cannot be used: {reason_en}"


class StorageError(VocError):
    code = "storage_unavailable"
    zh = "数据未保存：{reason}。请处理后原样重发，不会重复入库。"
    en = "Nothing was stored: {reason_en}. Mend it and send the same again; nothing is stored twice."


class JobError(VocError):
    code = "job_failed"
    zh = "任务 {job} 失败：{reason}"
    en = "Job {job} failed: {reason_en}"


class DeliveryError(VocError):
    """``receiver`` is the name it has in the log, never an address with a secret in it."""

    receiver: str
    reason: str
    reason_en: str
    code = "delivery_failed"
    zh = "未能送达 {receiver}：{reason}。"
    en = "{receiver} did not get it: {reason_en}."


class SetupError(VocError):
    code = "setup_incomplete"
    zh = "安装或配置不完整：{reason}"
    en = "The set-up is incomplete: {reason_en}"


class MissingExtraError(SetupError):
    code = "extra_missing"
    zh = "需要可选组件 {package}，请运行：pip install 'voc-service[{extra}]'"
    en = "{package} is needed; run: pip install 'voc-service[{extra}]'"


class SystemLibraryError(SetupError):
    """``hint`` and ``hint_en`` say how it is installed."""

    code = "system_library_missing"
    zh = "这台机器缺少{what}，请安装后重试：{hint}"
    en = "{what_en} is missing on this machine; install it and try again: {hint_en}"


def error_classes() -> list[type[VocError]]:
    """All classes of the tree, the root first, in a stable order."""
    found: list[type[VocError]] = []
    queue: list[type[VocError]] = [VocError]
    while queue:
        kind = queue.pop(0)
        found.append(kind)
        queue.extend(kind.__subclasses__())
    return found
