package auth

import (
	"encoding/json"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"onewindow/models"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// Sealed says where this place keeps sealed values.
func Sealed() []sealed.Table {
	return []sealed.Table{
		{Name: "auth_refresh_tokens", Key: []string{"token_hash"}, Columns: []sealed.Column{{Name: "successor", Purpose: purposeSuccessor}}},
		{Name: "auth_staff", Key: []string{"id"}, Columns: []sealed.Column{{Name: "totp_secret", Purpose: purposeTOTP}}},
		{
			Name: "auth_devices", Key: []string{"resident_id", "id"}, Columns: []sealed.Column{{Name: "push_token", Purpose: purposePushToken}},
			Indexes: []sealed.Index{{Name: "push_token_index", Purpose: purposePushToken, Value: func(row sealed.Row) (string, error) {
				return string(row.Opened["push_token"]), nil
			}}},
		},
		{
			Name: "auth_wechat", Key: []string{"open_id_index"}, Columns: []sealed.Column{{Name: "open_id", Purpose: purposeOpenID}},
			Indexes: []sealed.Index{{Name: "open_id_index", Purpose: purposeOpenID, Value: func(row sealed.Row) (string, error) {
				return string(row.Opened["open_id"]), nil
			}}},
		},
	}
}

type sessionRow struct {
	ID        models.ID
	PersonID  models.ID
	Kind      string
	DeviceID  string
	CreatedAt time.Time
	ExpiresAt time.Time
	EndedAt   *time.Time
}

func (sessionRow) TableName() string { return "auth_sessions" }

type refreshRow struct {
	TokenHash []byte
	SessionID models.ID
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time
	Successor []byte
}

func (refreshRow) TableName() string { return "auth_refresh_tokens" }

type revocationRow struct {
	SessionID models.ID
	Seq       int64
	ExpiresAt time.Time
}

func (revocationRow) TableName() string { return "auth_revocations" }

type moveRow struct {
	SessionID models.ID
	PersonID  models.ID
	Seq       int64
	ExpiresAt time.Time
}

func (moveRow) TableName() string { return "auth_moves" }

type staffRow struct {
	ID           models.ID
	Username     string
	DisplayName  string
	PasswordHash string
	TOTPSecret   []byte `gorm:"column:totp_secret"`
	TOTPLastStep int64  `gorm:"column:totp_last_step"`
	Department   string
	Roles        string
	CityReach    bool
	Active       bool
	ChangedSeq   int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

func (staffRow) TableName() string { return "auth_staff" }

type deviceRow struct {
	ResidentID     models.ID
	ID             string
	Platform       DevicePlatform
	Name           string
	PushToken      []byte
	PushTokenIndex *string
	LastSeenAt     time.Time
}

func (deviceRow) TableName() string { return "auth_devices" }

// nextSequence numbers a change that every replica must hear of. The row stays locked until the commit, so that numbers
// become visible in their order.
func nextSequence(tx *store.Tx) (int64, error) {
	var value int64
	err := tx.DB.Raw("UPDATE auth_sequence SET value = value + 1 WHERE id = 1 RETURNING value").Scan(&value).Error
	return value, err
}

func readSequence(db *gorm.DB) (int64, error) {
	var value int64
	err := db.Raw("SELECT value FROM auth_sequence WHERE id = 1").Scan(&value).Error
	return value, err
}

// readRefresh reads a refresh token with its session, which is locked: two uses of one token wait for each other.
func readRefresh(tx *store.Tx, hash tokenHash) (*sessionRow, *refreshRow, error) {
	var sessions []sessionRow
	err := tx.Locked().Where("id = (SELECT session_id FROM auth_refresh_tokens WHERE token_hash = ?)", hash[:]).Limit(1).Find(&sessions).Error
	if err != nil || len(sessions) == 0 {
		return nil, nil, err
	}
	var tokens []refreshRow
	if err := tx.DB.Where("token_hash = ?", hash[:]).Limit(1).Find(&tokens).Error; err != nil || len(tokens) == 0 {
		return nil, nil, err
	}
	return &sessions[0], &tokens[0], nil
}

func extendSession(tx *store.Tx, row *sessionRow) error {
	return store.One(tx.DB.Model(&sessionRow{}).Where("id = ? AND ended_at IS NULL", row.ID).Update("expires_at", row.ExpiresAt))
}

// markUsed keeps the pair that follows a token, and forgets the one that led to it: its client has it.
func markUsed(tx *store.Tx, used *refreshRow, now time.Time, successor []byte) error {
	err := tx.DB.Model(&refreshRow{}).Where("session_id = ? AND successor IS NOT NULL", used.SessionID).Update("successor", nil).Error
	if err != nil {
		return err
	}
	return store.One(tx.DB.Model(&refreshRow{}).Where("token_hash = ? AND used_at IS NULL", used.TokenHash).
		Updates(map[string]any{"used_at": now, "successor": successor}))
}

// markEnded ends a session; false where it has ended before or never was.
func markEnded(tx *store.Tx, session models.ID, now time.Time) (bool, error) {
	result := tx.DB.Model(&sessionRow{}).Where("id = ? AND ended_at IS NULL", session).Update("ended_at", now)
	return result.RowsAffected == 1, result.Error
}

func insertRevocation(tx *store.Tx, session models.ID, until time.Time) error {
	seq, err := nextSequence(tx)
	if err != nil {
		return err
	}
	return tx.DB.Create(&revocationRow{SessionID: session, Seq: seq, ExpiresAt: until}).Error
}

func revocationsSince(db *gorm.DB, seq int64, now time.Time) ([]revocationRow, error) {
	var rows []revocationRow
	err := db.Where("seq > ? AND expires_at > ?", seq, now).Find(&rows).Error
	return rows, err
}

// insertMove says whose session it is from now on; one that moved before moves again.
func insertMove(tx *store.Tx, session, person models.ID, until time.Time) error {
	seq, err := nextSequence(tx)
	if err != nil {
		return err
	}
	return tx.DB.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "session_id"}}, UpdateAll: true}).
		Create(&moveRow{SessionID: session, PersonID: person, Seq: seq, ExpiresAt: until}).Error
}

func movesSince(db *gorm.DB, seq int64, now time.Time) ([]moveRow, error) {
	var rows []moveRow
	err := db.Where("seq > ? AND expires_at > ?", seq, now).Find(&rows).Error
	return rows, err
}

// moveAccount gives what belongs to one account to another. A device that both have is the other's already.
func moveAccount(tx *store.Tx, from, to models.ID) error {
	for _, statement := range []*gorm.DB{
		tx.DB.Model(&sessionRow{}).Where("person_id = ?", from).Update("person_id", to),
		tx.DB.Exec(`UPDATE auth_devices SET resident_id = ? WHERE resident_id = ?
			AND id NOT IN (SELECT known.id FROM auth_devices AS known WHERE known.resident_id = ?)`, to, from, to),
		tx.DB.Where("resident_id = ?", from).Delete(&deviceRow{}),
		tx.DB.Model(&openIDRow{}).Where("resident_id = ?", from).Update("resident_id", to),
	} {
		if statement.Error != nil {
			return statement.Error
		}
	}
	return nil
}

// forgetDevices forgets the devices on which a person is signed in no more, and the WeChat accounts.
func forgetDevices(tx *store.Tx, person models.ID) error {
	err := tx.DB.Exec(`DELETE FROM auth_devices WHERE resident_id = ? AND NOT EXISTS (SELECT 1 FROM auth_sessions AS session
		WHERE session.person_id = auth_devices.resident_id AND session.device_id = auth_devices.id AND session.ended_at IS NULL)`, person).Error
	if err != nil {
		return err
	}
	return tx.DB.Where("resident_id = ?", person).Delete(&openIDRow{}).Error
}

// deviceOf reads the device of a session; nil: it named none.
func deviceOf(db *gorm.DB, session models.ID) (*deviceRow, error) {
	if session == "" {
		return nil, nil
	}
	var rows []deviceRow
	err := db.Where(`EXISTS (SELECT 1 FROM auth_sessions AS session WHERE session.id = ? AND session.person_id = auth_devices.resident_id
		AND session.device_id = auth_devices.id)`, session).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

func openSessions(tx *store.Tx, person models.ID) ([]models.ID, error) {
	var ids []models.ID
	err := tx.DB.Model(&sessionRow{}).Where("person_id = ? AND ended_at IS NULL", person).Order("id").Pluck("id", &ids).Error
	return ids, err
}

// seenDevices tells whether a person was signed in on a device before, and whether others are signed in now.
func seenDevices(tx *store.Tx, person models.ID, device string, now time.Time) (seen, others bool, err error) {
	var sessions []sessionRow
	err = tx.DB.Select("device_id", "ended_at", "expires_at").Where("person_id = ?", person).Find(&sessions).Error
	for _, session := range sessions {
		if session.DeviceID == device {
			seen = true
		} else if session.EndedAt == nil && now.Before(session.ExpiresAt) {
			others = true
		}
	}
	return seen, others, err
}

func forgetSessionDevice(tx *store.Tx, session models.ID) error {
	return tx.DB.Exec(`DELETE FROM auth_devices WHERE EXISTS (SELECT 1 FROM auth_sessions AS session
		WHERE session.id = ? AND session.person_id = auth_devices.resident_id AND session.device_id = auth_devices.id)`, session).Error
}

func sweep(tx *store.Tx, now time.Time) error {
	for _, statement := range []*gorm.DB{
		tx.DB.Exec("UPDATE auth_refresh_tokens SET successor = NULL WHERE successor IS NOT NULL AND used_at < ?", now.Add(-grace)),
		tx.DB.Exec("DELETE FROM auth_revocations WHERE expires_at < ?", now),
		tx.DB.Exec("DELETE FROM auth_moves WHERE expires_at < ?", now),
		tx.DB.Exec("DELETE FROM auth_sessions WHERE expires_at < ?", now),
	} {
		if statement.Error != nil {
			return statement.Error
		}
	}
	return nil
}

func staffByUsername(db *gorm.DB, username string) (*staffRow, error) {
	var rows []staffRow
	if err := db.Where("username = ?", username).Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

func staffIsActive(tx *store.Tx, id models.ID) (bool, error) {
	var active []bool
	err := tx.DB.Model(&staffRow{}).Where("id = ?", id).Pluck("active", &active).Error
	return len(active) == 1 && active[0], err
}

func staffSince(db *gorm.DB, seq int64) ([]*StaffMember, error) {
	var rows []staffRow
	err := db.Select("id", "username", "display_name", "department", "roles", "city_reach", "active").Where("changed_seq > ?", seq).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	members := make([]*StaffMember, 0, len(rows))
	for _, row := range rows {
		member, err := row.member()
		if err != nil {
			return nil, err
		}
		members = append(members, member)
	}
	return members, nil
}

func (r *staffRow) member() (*StaffMember, error) {
	member := &StaffMember{
		ID: r.ID, Username: r.Username, DisplayName: r.DisplayName, DepartmentCode: r.Department, CityReach: r.CityReach, Active: r.Active,
	}
	return member, json.Unmarshal([]byte(r.Roles), &member.Roles)
}

func insertStaff(tx *store.Tx, member *StaffMember, passwordHash string) error {
	seq, err := nextSequence(tx)
	if err != nil {
		return err
	}
	roles, err := json.Marshal(member.Roles)
	if err != nil {
		return err
	}
	// Two replicas that start at once make the same accounts: the first one's stay.
	return tx.DB.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "username"}}, DoNothing: true}).Create(&staffRow{
		ID: member.ID, Username: member.Username, DisplayName: member.DisplayName, PasswordHash: passwordHash, Department: member.DepartmentCode,
		Roles: string(roles), CityReach: member.CityReach, Active: member.Active, ChangedSeq: seq, CreatedAt: tx.Now, UpdatedAt: tx.Now,
	}).Error
}

func updateStaff(tx *store.Tx, member *StaffMember) error {
	seq, err := nextSequence(tx)
	if err != nil {
		return err
	}
	roles, err := json.Marshal(member.Roles)
	if err != nil {
		return err
	}
	return store.One(tx.DB.Model(&staffRow{}).Where("id = ?", member.ID).Updates(map[string]any{
		"display_name": member.DisplayName, "department": member.DepartmentCode, "roles": string(roles), "city_reach": member.CityReach,
		"active": member.Active, "changed_seq": seq, "updated_at": tx.Now,
	}))
}

// takeTOTPStep uses a step of time up; false where it or a later one was used before.
func takeTOTPStep(tx *store.Tx, id models.ID, step int64) (bool, error) {
	result := tx.DB.Model(&staffRow{}).Where("id = ? AND totp_last_step < ?", id, step).Update("totp_last_step", step)
	return result.RowsAffected == 1, result.Error
}

func setTOTP(tx *store.Tx, id models.ID, secret []byte) error {
	return store.One(tx.DB.Model(&staffRow{}).Where("id = ?", id).Updates(map[string]any{"totp_secret": secret, "totp_last_step": 0, "updated_at": tx.Now}))
}

// saveDevice keeps a device. A push token belongs to one installation: whoever was signed in there before loses it. What
// the client does not say stays as it was.
func (s *Service) saveDevice(tx *store.Tx, residentID models.ID, input *DeviceInput) (*Device, error) {
	row := deviceRow{ResidentID: residentID, ID: input.ID, Name: deviceName(input.Name), LastSeenAt: tx.Now}
	changed := []string{"last_seen_at"}
	if input.Platform != nil {
		row.Platform = *input.Platform
		changed = append(changed, "platform")
	}
	if input.Name != nil {
		changed = append(changed, "name")
	}
	if input.PushToken != nil {
		changed = append(changed, "push_token", "push_token_index")
	}
	if input.PushToken != nil && *input.PushToken != "" {
		generation, err := tx.IndexGeneration()
		if err != nil {
			return nil, err
		}
		indexes, err := s.keyring.Indexes(generation, purposePushToken, *input.PushToken)
		if err != nil {
			return nil, err
		}
		row.PushToken, row.PushTokenIndex = s.keyring.SealText(purposePushToken, *input.PushToken), &indexes[0]
		err = tx.DB.Model(&deviceRow{}).Where("push_token_index IN ? AND NOT (resident_id = ? AND id = ?)", indexes, residentID, input.ID).
			Updates(map[string]any{"push_token": nil, "push_token_index": nil}).Error
		if err != nil {
			return nil, err
		}
	}
	err := tx.DB.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "resident_id"}, {Name: "id"}}, DoUpdates: clause.AssignmentColumns(changed),
	}).Create(&row).Error
	if err != nil {
		return nil, err
	}
	return &Device{ID: input.ID, Platform: input.Platform, LastSeenAt: tx.Now}, nil
}

const purposePushToken = "auth.push-token" //nolint:gosec // names what is sealed; opens nothing

func (s *Service) pushTargets(db *gorm.DB, residentIDs []models.ID) (map[models.ID][]PushTarget, error) {
	var rows []deviceRow
	err := db.Where(store.In("resident_id", residentIDs)).Where("push_token IS NOT NULL").Order("last_seen_at DESC, id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	targets := map[models.ID][]PushTarget{}
	for _, row := range rows {
		token, err := s.keyring.OpenText(purposePushToken, row.PushToken)
		if err != nil {
			return nil, err
		}
		targets[row.ResidentID] = append(targets[row.ResidentID], PushTarget{DeviceID: row.ID, Platform: row.Platform, token: token})
	}
	return targets, nil
}

func forgetPushToken(tx *store.Tx, residentID models.ID, deviceID string, indexes []string) error {
	return tx.DB.Model(&deviceRow{}).Where("resident_id = ? AND id = ? AND push_token_index IN ?", residentID, deviceID, indexes).
		Updates(map[string]any{"push_token": nil, "push_token_index": nil}).Error
}

type openIDRow struct {
	OpenIDIndex string `gorm:"column:open_id_index"`
	OpenID      []byte `gorm:"column:open_id"` // sealed
	ResidentID  models.ID
	LinkedAt    time.Time
}

func (openIDRow) TableName() string { return "auth_wechat" }

// linkOpenID gives a WeChat account to whom it signed in as last; indexes are all under which it may stand.
func linkOpenID(tx *store.Tx, indexes []string, row *openIDRow) error {
	if err := tx.DB.Where("open_id_index IN ? AND open_id_index <> ?", indexes, row.OpenIDIndex).Delete(&openIDRow{}).Error; err != nil {
		return err
	}
	return tx.DB.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "open_id_index"}}, DoUpdates: clause.AssignmentColumns([]string{"open_id", "resident_id", "linked_at"}),
	}).Create(row).Error
}

// openIDOwner gives whom a WeChat account is linked to; "" where it is nobody.
func openIDOwner(tx *store.Tx, indexes []string) (models.ID, error) {
	var owners []models.ID
	err := tx.DB.Model(&openIDRow{}).Where("open_id_index IN ?", indexes).Pluck("resident_id", &owners).Error
	if err != nil || len(owners) == 0 {
		return "", err
	}
	return owners[0], nil
}

// selectOpenIDs gives the accounts of residents, the one linked last at the end.
func selectOpenIDs(db *gorm.DB, residentIDs []models.ID) ([]openIDRow, error) {
	var rows []openIDRow
	err := db.Where(store.In("resident_id", residentIDs)).Order("linked_at, open_id_index").Find(&rows).Error
	return rows, err
}
