"""Statements of publishing, of payers as they publish, and of migration."""

from __future__ import annotations

from parsers.text import one_line
from parsers.xmtpd.system import MIGRATOR, PUBLISHER, ROOT, Failure, Fields, Sequence, Signed, xmtpd
from state.sync_events import (
    BatchPublished,
    MigrationAdvanced,
    MigrationFailed,
    PayerRefused,
    PublisherTimedOut,
    PublishingFailed,
)


class _Batch(Fields, frozen=True):
    batch_size: Sequence


@xmtpd.says(PUBLISHER, "batch published")
def batch_published(batch: _Batch) -> BatchPublished:
    """Once for each batch, when it is done; `batch inserted` comes before it, also for one that is tried again.
    api/message/publish_worker.go:265
    """
    return BatchPublished(batch.batch_size)


class _Attempt(Failure, frozen=True):
    attempt: Sequence


@xmtpd.says(PUBLISHER, "retrying batch after transient error", level="WARNING")
def batch_retried(fields: _Attempt) -> PublishingFailed:
    """api/message/publish_worker.go:161"""
    return PublishingFailed(fields.why, fields.attempt)


@xmtpd.says(PUBLISHER, "failed to process batch", level="ERROR")
def batch_failed(fields: Failure) -> PublishingFailed:
    """api/message/publish_worker.go:143"""
    return PublishingFailed(fields.why)


class _Reached(Fields, frozen=True):
    last_processed: Sequence


@xmtpd.says(ROOT, "timeout waiting for publisher", level="WARNING")
def publisher_timed_out(fields: _Reached) -> PublisherTimedOut:
    """api/message/service.go:1335"""
    return PublisherTimedOut(fields.last_processed)


class _Balance(Fields, frozen=True):
    payer_address: str
    available_balance: Signed
    estimated_fees: Signed


@xmtpd.says(ROOT, "rejected publish due to insufficient payer balance", level="WARNING")
def payer_refused(fields: _Balance) -> PayerRefused:
    """api/message/service.go:1264"""
    return PayerRefused(one_line(fields.payer_address, 128), fields.available_balance, fields.estimated_fees)


class _Migrated(Failure, frozen=True):
    table: str = ""
    sequence_id: Signed = 0


@xmtpd.says(MIGRATOR, "batch published successfully")
def migration_advanced(fields: _Migrated) -> MigrationAdvanced:
    """migrator/worker.go:372 and 617"""
    return MigrationAdvanced(one_line(fields.table, 128), fields.sequence_id)


@xmtpd.says(MIGRATOR, "failed to insert batch", level="ERROR")
def migration_not_inserted(fields: _Migrated) -> MigrationFailed:
    """migrator/worker.go:350"""
    return MigrationFailed(one_line(fields.table, 128), fields.why)


@xmtpd.says(MIGRATOR, "failed to publish batch", level="ERROR")
def migration_not_published(fields: _Migrated) -> MigrationFailed:
    """migrator/worker.go:595"""
    return MigrationFailed(one_line(fields.table, 128), fields.why)
