-- How far back a shop's conversations are fetched, and how that goes. Words and instants as in 0001.

ALTER TABLE shop ADD COLUMN history TEXT NOT NULL DEFAULT 'usual';        -- usual = the days of the rule pack, all, or days
ALTER TABLE stream ADD COLUMN pass TEXT NOT NULL DEFAULT '';              -- dragoman_store::stream::Pass as JSON, empty = none yet
