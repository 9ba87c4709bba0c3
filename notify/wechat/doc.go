// Package wechat speaks to WeChat's servers for the city's mini-program: who signs in, on which phone, and one-off messages.
//
// What must always hold: the session key that comes with a sign-in is never read; secrets and tokens stand in addresses, as
// WeChat wants it, so that no address and no cause of a failure leaves this package; the access token is held once for all
// replicas, sealed, in Redis; what is sent is checked against the limits of each kind of parameter before.
package wechat
