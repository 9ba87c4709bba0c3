// Package sms sends text messages through Aliyun or Tencent Cloud.
//
// What must always hold: requests are signed by hand as the providers publish it (ACS3-HMAC-SHA256, TC3-HMAC-SHA256);
// providers take no free text, only parameters of templates that they keep, checked before sending; a number or a
// parameter never stands in an address, a log or an error. Both are notify.Provider; the assembly chooses one.
package sms
