-- Why: linking a day asks which listings name a contact, which identity has a record number, and who belongs to an
-- identity; without these each asks the whole table. Undo: DROP INDEX for each.
CREATE INDEX listing_version_contact ON core.listing_version USING gin (contact_keys);
CREATE INDEX listing_version_read ON core.listing_version (read_date);
CREATE UNIQUE INDEX identity_record ON core.identity (epoch_code, record_number);
CREATE INDEX identity_member_identity ON core.identity_member (identity_id);
CREATE INDEX identity_member_from ON core.identity_member (from_date);
