// Package notify tells people what concerns them: messages in the inbox, reminders before a deadline, and delivery on the
// channels that a person has chosen.
//
// What must always hold: a message is written in the transaction of the change that it is about, and reminders that are no
// longer true end in that same transaction; whether a reminder still holds is read again when it is due; a message enters
// an inbox once and leaves on a channel once; messages keep parameters, never rendered texts, and no personal data (a
// clerk's free words are sealed); what leaves by SMS or push says no more than is needed; contents are never logged.
//
// casework hands its changes to Changed; workers call Deliver and Sweep; the window reads Inbox, Settings and Watch; auth
// sends one-time codes through SendCode. The planner, the templates and the routing are pure functions.
package notify
