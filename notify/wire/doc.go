// Package wire is what the clients of providers have in common: an HTTP client with bounds, and answers read to a limit.
//
// What must always hold: every request ends with its context; no redirect is followed, because requests carry secrets; an
// error never repeats the request's address or body, which hold secrets and addresses of people; of an answer no more is
// read than a provider's answer can be.
//
// The clients of SMS, WeChat and Firebase use it.
package wire
