// Package takedown keeps the cases of people who handed in codes of pictures of
// them, so that copies are found: "take my picture down" of the guide. Only
// codes come here, never a picture, and nothing that says who somebody is.
//
// A case does nothing until a person has accepted it; its codes are then
// entries of a bank of their own, [BankName], like those of any other bank. A
// case that is withdrawn, or accepted no longer, takes its entries along. A
// code that is in several accepted cases is one entry, which stays for as long
// as one of them does.
//
// Cases are found by number and PIN. Both are kept as keyed digests, so that
// neither a copy of the database nor the people at the console can come back
// as whoever filed a case. A wrong PIN and a number that is nobody's get the
// same answer, and the same delays.
package takedown
