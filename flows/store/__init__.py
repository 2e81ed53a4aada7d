"""The ledger: one chained event log, append only; the only place that knows the database.

Open it with `flows.store.repository.Ledger`; nothing is imported here, because the database
library is heavy and most of the program does not need it.
"""
