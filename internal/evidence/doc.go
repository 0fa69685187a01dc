// Package evidence keeps sealed files: from quarantine to a case, through every
// look at them, to a destruction that can be proved.
//
// A file comes in through [Service.Put], sealed while it arrives, and is in
// quarantine, bound to no case. [Service.Promote] binds it to one, in the
// transaction that makes the case. What is in quarantine too long is discarded.
//
// Bytes are read within a grant only (person, purpose, end), through
// [Service.Open]. Every range is a custody record that is durable before its
// first byte is handed out; a grant that ended or was revoked ends the reading.
//
// Clocks say how long a file must be kept, holds that it must be kept whatever
// the clocks say. [Service.Due] lists what is over; nothing is destroyed by
// itself. One person asks for a destruction and another one carries it out. It
// deletes the wrapped keys, without which the payload and all its copies are
// noise, and signs a certificate, whose digest is a custody record.
//
// The database and the blob store hold no digest of a plaintext and no name of a
// file: digests of known material are as sensitive as the material. Both are in
// the file's [Record], sealed under the file's own key and destroyed with it.
// What a custody record holds are ids, numbers and keyed digests.
//
// Methods that take a transaction write their custody record in it, so callers
// compose them with their own changes. Those that change something want one of
// [store.DB.Update]: it has locked the custody log from its start, so that what
// they look at stays true until it commits.
package evidence
