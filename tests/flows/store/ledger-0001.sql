BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE device (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
CREATE TABLE event (
	seq INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	authenticated TEXT NOT NULL, 
	claimed TEXT NOT NULL, 
	park_hash CHAR(64) NOT NULL, 
	source TEXT NOT NULL, 
	source_hash CHAR(64), 
	facility TEXT NOT NULL, 
	period_start BIGINT, 
	period_end BIGINT, 
	verdict TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	rows INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	previous_hash CHAR(64) NOT NULL, 
	hash CHAR(64) NOT NULL, 
	PRIMARY KEY (seq), 
	CONSTRAINT event_rows CHECK (rows >= 0), 
	CONSTRAINT event_period CHECK ((period_start IS NULL) = (period_end IS NULL) AND (period_start IS NULL OR period_start < period_end)), 
	CONSTRAINT event_digests CHECK (length(hash) = 64 AND length(previous_hash) = 64 AND length(park_hash) = 64 AND (source_hash IS NULL OR length(source_hash) = 64)), 
	UNIQUE (source_hash), 
	UNIQUE (previous_hash), 
	UNIQUE (hash)
);
INSERT INTO "event" VALUES(1,'park',1743580800000000,'root','','91fb3b13a99bd4c5382c9ac9c3503dfbea761ca9c4c02c9c01c691643a10a6cd','',NULL,'',NULL,NULL,'','',0,'name = "test park"
','0000000000000000000000000000000000000000000000000000000000000000','80606828d0dbb9aeec3ceabec8a7db1348ffa8d4d4b71c941f4a8631274acd53');
INSERT INTO "event" VALUES(2,'submission',1743580801000000,'root','','91fb3b13a99bd4c5382c9ac9c3503dfbea761ca9c4c02c9c01c691643a10a6cd','',NULL,'',NULL,NULL,'','',3,'','80606828d0dbb9aeec3ceabec8a7db1348ffa8d4d4b71c941f4a8631274acd53','be115c7247173f4fd5c1cb965388bcd6575d870f1cd62033d49e429e4e822b1b');
INSERT INTO "event" VALUES(3,'correction',1743580802000000,'root','wang','91fb3b13a99bd4c5382c9ac9c3503dfbea761ca9c4c02c9c01c691643a10a6cd','',NULL,'',NULL,NULL,'','misread',1,'','be115c7247173f4fd5c1cb965388bcd6575d870f1cd62033d49e429e4e822b1b','f27e0a32da0d91c762b19396f54f07cd2d5ddbe21ce4a244ed8260d11d8aa5fe');
CREATE TABLE observation (
	id INTEGER NOT NULL, 
	seq BIGINT NOT NULL, 
	line INTEGER NOT NULL, 
	subject BIGINT NOT NULL, 
	day INTEGER NOT NULL, 
	start BIGINT NOT NULL, 
	"end" BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	amount DOUBLE, 
	sigma DOUBLE, 
	register DOUBLE, 
	device BIGINT, 
	quality TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	cause TEXT NOT NULL, 
	flag TEXT NOT NULL, 
	typed TEXT NOT NULL, 
	typed_unit TEXT NOT NULL, 
	note TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	supersedes BIGINT, 
	PRIMARY KEY (id), 
	CONSTRAINT observation_line UNIQUE (seq, line), 
	CONSTRAINT observation_state CHECK ((state = 'value' AND amount IS NOT NULL) OR (state = 'zero' AND amount IS NOT NULL AND amount = 0) OR (state = 'missing' AND amount IS NULL AND register IS NULL) OR (state = 'register' AND amount IS NULL AND register IS NOT NULL) OR (state = 'withdrawn' AND amount IS NULL AND register IS NULL AND supersedes IS NOT NULL)), 
	CONSTRAINT observation_span CHECK (start <= "end"), 
	CONSTRAINT observation_finite CHECK ((amount IS NULL OR amount BETWEEN -1e300 AND 1e300) AND (sigma IS NULL OR sigma BETWEEN 0 AND 1e300) AND (register IS NULL OR register BETWEEN -1e300 AND 1e300)), 
	CONSTRAINT observation_order CHECK (supersedes IS NULL OR supersedes < id), 
	FOREIGN KEY(seq) REFERENCES event (seq), 
	FOREIGN KEY(subject) REFERENCES subject (id), 
	FOREIGN KEY(device) REFERENCES device (id), 
	FOREIGN KEY(supersedes) REFERENCES observation (id)
);
INSERT INTO "observation" VALUES(1,2,1,1,739311,1740758400,1740844800,'value',10.0,NULL,NULL,NULL,'metered','','','','10.0','t','','',NULL);
INSERT INTO "observation" VALUES(2,2,2,1,739312,1740844800,1740931200,'value',11.0,NULL,NULL,NULL,'metered','','','','11.0','t','','',NULL);
INSERT INTO "observation" VALUES(3,2,3,2,739311,1740758400,1740844800,'value',3.0,NULL,NULL,NULL,'metered','','','','3.0','t','','',NULL);
INSERT INTO "observation" VALUES(4,3,1,1,739312,1740844800,1740931200,'value',11.5,NULL,NULL,NULL,'metered','','','','11.5','t','','',2);
CREATE TABLE subject (
	id INTEGER NOT NULL, 
	what TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	facility TEXT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT subject_identity UNIQUE (what, kind, facility)
);
INSERT INTO "subject" VALUES(1,'in','mass','kitchen');
INSERT INTO "subject" VALUES(2,'ash','mass','kitchen');
CREATE INDEX event_kind ON event (kind, seq);
CREATE INDEX observation_day ON observation (day, subject);
CREATE INDEX observation_history ON observation (subject, day);
CREATE INDEX observation_register ON observation (subject, day) WHERE state = 'register';
CREATE INDEX observation_ticket ON observation (ticket) WHERE ticket <> '';
CREATE INDEX observation_long ON observation ("end") WHERE "end" - start > 172800;
CREATE UNIQUE INDEX observation_supersedes ON observation (supersedes) WHERE supersedes IS NOT NULL;
CREATE TRIGGER event_insert BEFORE INSERT ON event BEGIN
  SELECT CASE
    WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM event) THEN RAISE(ABORT, 'event: seq is not the next')
    WHEN NEW.previous_hash IS NOT COALESCE((SELECT hash FROM event WHERE seq = NEW.seq - 1), printf('%064d', 0)) THEN RAISE(ABORT, 'event: previous_hash is not the hash of the last')
    WHEN NEW.recorded_at < (SELECT recorded_at FROM event WHERE seq = NEW.seq - 1) THEN RAISE(ABORT, 'event: recorded before the last')
    WHEN (SELECT rows FROM event WHERE seq = NEW.seq - 1) IS NOT CASE NEW.seq WHEN 1 THEN NULL ELSE (SELECT COALESCE(MAX(line), 0) FROM observation WHERE seq = NEW.seq - 1) END THEN RAISE(ABORT, 'event: the last lacks observations')
    WHEN EXISTS (SELECT 1 FROM event WHERE hash = NEW.hash OR source_hash = NEW.source_hash) THEN RAISE(ABORT, 'event: it is there already')
    WHEN NEW.kind NOT IN ('park', 'submission', 'correction', 'review', 'lock', 'reopen') THEN RAISE(ABORT, 'event: unknown kind')
    WHEN NEW.verdict NOT IN ('submitted', 'approved', 'returned') AND (NEW.kind = 'review' OR NEW.verdict <> '') THEN RAISE(ABORT, 'event: unknown verdict')
    WHEN (NEW.kind = 'review') <> (NEW.verdict <> '') THEN RAISE(ABORT, 'event: a verdict belongs to a review')
    WHEN (NEW.kind = 'park') <> (NEW.body <> '') THEN RAISE(ABORT, 'event: a body belongs to a park version')
    WHEN (NEW.kind IN ('submission', 'correction')) <> (NEW.rows > 0) THEN RAISE(ABORT, 'event: observations belong to a submission or correction')
    WHEN NEW.kind IN ('correction', 'reopen') AND NEW.reason = '' THEN RAISE(ABORT, 'event: a reason is needed')
    WHEN NEW.kind IN ('review', 'lock', 'reopen') AND NEW.period_start IS NULL THEN RAISE(ABORT, 'event: a period is needed')
    WHEN NEW.kind <> 'park' AND NOT EXISTS (SELECT 1 FROM event WHERE kind = 'park' AND park_hash = NEW.park_hash) THEN RAISE(ABORT, 'event: unknown park version')
  END;
END;
CREATE TRIGGER subject_insert BEFORE INSERT ON subject BEGIN
  SELECT CASE
    WHEN NEW.id IS NOT (SELECT COALESCE(MAX(id), 0) + 1 FROM subject) THEN RAISE(ABORT, 'subject: id is not the next')
    WHEN EXISTS (SELECT 1 FROM subject WHERE what = NEW.what AND kind = NEW.kind AND facility = NEW.facility) THEN RAISE(ABORT, 'subject: it is there already')
  END;
END;
CREATE TRIGGER device_insert BEFORE INSERT ON device BEGIN
  SELECT CASE
    WHEN NEW.id IS NOT (SELECT COALESCE(MAX(id), 0) + 1 FROM device) THEN RAISE(ABORT, 'device: id is not the next')
    WHEN EXISTS (SELECT 1 FROM device WHERE name = NEW.name) THEN RAISE(ABORT, 'device: it is there already')
  END;
END;
CREATE TRIGGER observation_insert BEFORE INSERT ON observation BEGIN
  SELECT CASE
    WHEN NEW.id IS NOT (SELECT COALESCE(MAX(id), 0) + 1 FROM observation) THEN RAISE(ABORT, 'observation: id is not the next')
    WHEN NEW.seq IS NOT (SELECT MAX(seq) FROM event) THEN RAISE(ABORT, 'observation: not of the last event')
    WHEN NEW.line IS NOT COALESCE((SELECT line FROM observation WHERE id = NEW.id - 1 AND seq = NEW.seq), 0) + 1 THEN RAISE(ABORT, 'observation: line is not the next')
    WHEN NEW.line > (SELECT rows FROM event WHERE seq = NEW.seq) THEN RAISE(ABORT, 'observation: more lines than announced')
    WHEN (NEW.supersedes IS NULL) = ((SELECT kind FROM event WHERE seq = NEW.seq) = 'correction') THEN RAISE(ABORT, 'observation: a correction, and nothing else, supersedes')
    WHEN NEW.quality NOT IN ('weighed', 'metered', 'stored-tare', 'estimated', 'carried-over', 'computed') THEN RAISE(ABORT, 'observation: unknown quality')
    WHEN typeof(NEW.day) <> 'integer' OR typeof(NEW.start) <> 'integer' OR typeof(NEW."end") <> 'integer' THEN RAISE(ABORT, 'observation: a day or instant is no whole number')
  END;
END;
CREATE TRIGGER observation_supersede BEFORE INSERT ON observation WHEN NEW.supersedes IS NOT NULL BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM observation WHERE supersedes = NEW.supersedes) THEN RAISE(ABORT, 'observation: it is superseded already')
    WHEN (SELECT what FROM subject WHERE id = NEW.subject) IS NOT (SELECT subject.what FROM observation JOIN subject ON subject.id = observation.subject WHERE observation.id = NEW.supersedes) THEN RAISE(ABORT, 'observation: it speaks of something else')
  END;
END;
CREATE TRIGGER event_update BEFORE UPDATE ON event BEGIN
  SELECT RAISE(ABORT, 'event: nothing is changed or removed');
END;
CREATE TRIGGER event_delete BEFORE DELETE ON event BEGIN
  SELECT RAISE(ABORT, 'event: nothing is changed or removed');
END;
CREATE TRIGGER subject_update BEFORE UPDATE ON subject BEGIN
  SELECT RAISE(ABORT, 'subject: nothing is changed or removed');
END;
CREATE TRIGGER subject_delete BEFORE DELETE ON subject BEGIN
  SELECT RAISE(ABORT, 'subject: nothing is changed or removed');
END;
CREATE TRIGGER device_update BEFORE UPDATE ON device BEGIN
  SELECT RAISE(ABORT, 'device: nothing is changed or removed');
END;
CREATE TRIGGER device_delete BEFORE DELETE ON device BEGIN
  SELECT RAISE(ABORT, 'device: nothing is changed or removed');
END;
CREATE TRIGGER observation_update BEFORE UPDATE ON observation BEGIN
  SELECT RAISE(ABORT, 'observation: nothing is changed or removed');
END;
CREATE TRIGGER observation_delete BEFORE DELETE ON observation BEGIN
  SELECT RAISE(ABORT, 'observation: nothing is changed or removed');
END;
COMMIT;
