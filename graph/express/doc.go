// Package express answers the two questions that are asked most, one case and a person's list of cases, without the general
// executor: a validated document is laid out once as a list of writers, and each answer is written straight into its bytes.
//
// What must always hold: an answer is the one that the executor gives, value for value (the tests beside tools/bench compare:
// the cases for it are made there); whatever is not plainly one of the two questions, or goes wrong in any way, is left to
// the executor, which also words every refusal. It checks nothing that the rooms check. server/app puts it before the
// generated schema.
package express
