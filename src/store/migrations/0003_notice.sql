-- Version 3: how long what a notice tells of lasted, until `at`.

ALTER TABLE notice ADD COLUMN lasted INTEGER NOT NULL DEFAULT 0;
