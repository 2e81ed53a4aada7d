"""Migrations of the ledger; Alembic is loaded only to create or to upgrade one."""
